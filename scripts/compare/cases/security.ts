import { defect, type Group, testCase } from '../case.ts';
import { clientWith } from '../client.ts';
import { advanceClock } from '../clock.ts';
import { userPage } from '../handlers.ts';
import { MINUTE } from '../kit.ts';
import { check, NotApplicable } from '../outcome.ts';

export const SECURITY: Group = {
  name: 'Security',
  about: 'What an attacker can do with a copied, planted or forged cookie, or with access to the store.',
  cases: [
    testCase('planted-id', 'The id of an ended session is never used again', async (kit) => {
      kit.needs('store');
      const mallory = await kit.visitor();
      await mallory.set('a', 1);
      const planted = await mallory.copy();
      await mallory.logout();
      // Ann's browser has Mallory's cookie.
      await planted.set('userId', 'ann');
      check((await planted.user()) !== 'ann', 'Mallory, who planted the id, is logged in as Ann');
    }),

    testCase('fixation', 'A cookie from before the login is not logged in by it', async (kit) => {
      const mallory = await kit.visitor();
      await mallory.set('a', 1);
      const planted = await mallory.copy();
      await planted.login();
      check((await planted.user()) !== 'ann', 'it is logged in');
    }),

    defect(5, 'id-bits', 'Ids have 128 random bits or more', async (kit) => {
      kit.needs('store');
      const app = await kit.start();
      const seen: Set<string>[] = [];
      for (let nth = 0; nth < 500; nth += 1) {
        const { result: id } = await app.newVisitor().get(({ session }) => {
          session.set('a', 1);
          return session.id();
        });
        // Some libraries make the id when they save.
        if (typeof id !== 'string') throw new NotApplicable('it does not tell its id');
        for (const [at, character] of id.split('').entries()) (seen[at] ??= new Set()).add(character);
      }
      // The characters seen at a place tell its bits, which chance can only make fewer.
      const bits = Math.round(seen.reduce((sum, { size }) => sum + Math.log2(size), 0));
      check(bits >= 128, `${bits} bits`);
    }),

    testCase('ids-hashed', 'The store has no id that opens a session', async (kit) => {
      kit.needs('store');
      const { contentsOf } = kit.adapter;
      if (!contentsOf) throw new NotApplicable('its store is memory that cannot be inspected');
      const ann = await kit.visitor();
      const { result: id } = await ann.get(async ({ session }) => {
        session.set('userId', 'ann');
        await session.save();
        return session.id();
      });
      const contents = await contentsOf(ann.app.watched.store);
      if (typeof id !== 'string' || !contents.includes('ann'))
        throw new Error(`nothing is stored: ${contents}`);
      check(!contents.includes(id), 'the ids are stored as they are sent');
    }),

    testCase('tampered', 'A cookie that was changed is no session and no error', async (kit) => {
      const ann = await kit.loggedIn();
      const cookies = await ann.cookies();
      for (const cookie of cookies) {
        for (const at of [2, Math.floor(cookie.value.length / 2), cookie.value.length - 3]) {
          const other = cookie.value[at] === 'A' ? 'B' : 'A';
          const forged = { ...cookie, value: cookie.value.slice(0, at) + other + cookie.value.slice(at + 1) };
          const sent = cookies.map((one) => (one === cookie ? forged : one));
          const { status, result } = await ann.app.visitor(clientWith(sent)).get(userPage);
          check(status === 200, `status ${status}`);
          check(result !== 'ann', 'it is accepted');
        }
      }
    }),

    testCase('replay', 'After a logout a copy of the cookie opens nothing', async (kit) => {
      const ann = await kit.loggedIn();
      const copy = await ann.copy();
      await ann.logout();
      check((await copy.user()) !== 'ann', 'it is logged in');
    }),

    testCase('replay-older', 'An earlier cookie does not bring back earlier data', async (kit) => {
      const ann = await kit.visitor();
      await ann.set('balance', 10);
      const copy = await ann.copy();
      await ann.set('balance', 0);
      check((await ann.read('balance')) === 0, 'the session is not kept');
      check((await copy.read('balance')) !== 10, 'it does');
    }),

    testCase('unreadable', 'The owner of the cookie cannot read the data in it', async (kit) => {
      const ann = await kit.visitor();
      await ann.set('note', 'confidential');
      check((await ann.read('note')) === 'confidential', 'the session is not kept');
      const texts = (await ann.cookies())
        .flatMap(({ value }) => [value, decodeURIComponent(value)])
        .flatMap((text) => [text, Buffer.from(text, 'base64').toString()]);
      check(!texts.some((text) => text.includes('confidential')), 'the cookie is the data in base64');
    }),

    testCase('everywhere', "A user's other sessions can be ended", async (kit) => {
      const app = await kit.start();
      const [laptop, phone] = [app.newVisitor(), app.newVisitor()];
      await phone.login();
      advanceClock(MINUTE);
      await laptop.login();
      advanceClock(MINUTE);
      await laptop.get(async ({ session }) => void (await session.endOthers()));
      check((await laptop.user()) === 'ann', 'this session has ended');
      check((await phone.user()) !== 'ann', 'the other session goes on');
    }),
  ],
};
