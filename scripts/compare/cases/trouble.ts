import createError from 'http-errors';
import { defect, group, testCase } from '../case.ts';
import { clientWith } from '../client.ts';
import { advanceClock } from '../clock.ts';
import { type Handler, plainPage, userPage } from '../handlers.ts';
import { MINUTE } from '../kit.ts';
import { brief, check, NotApplicable } from '../outcome.ts';
import { STORE_IS_DOWN } from '../watched-store.ts';

const SECURITY = group('Security', 'What an attacker can do with a cookie or the store.', [
  testCase('planted-id', 'A new session never gets the id of an ended one', async (kit) => {
    kit.needs('store');
    const mallory = await kit.visitor();
    await mallory.set('a', 1);
    const planted = await mallory.copy();
    await mallory.logout();
    // Ann's browser has Mallory's cookie.
    await planted.set('userId', 'ann');
    check((await planted.user()) !== 'ann', 'Mallory, who planted the id, is logged in as Ann');
  }),

  testCase('fixation', 'A cookie from before a login is not logged in by it', async (kit) => {
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
    const isStored = typeof id === 'string' && contents.includes('ann');
    if (!isStored) throw new Error(`nothing is stored: ${contents}`);
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
]);

const refusing: Handler = ({ session }) => {
  session.set('attempts', 1);
  throw createError(403, 'not for you');
};

/** Changes the session after the response has begun. */
const late: Handler = ({ session, takeOver }) => {
  const res = takeOver();
  res.write('begun');
  session.set('step', 2);
  res.end();
};

const ERRORS = group('Errors', 'The store fails, a handler throws, a change comes too late.', [
  defect(16, 'store-down-plain', 'With the store down pages that ignore the session work', async (kit) => {
    const ann = await kit.loggedIn();
    ann.app.watched.fail();
    const { status } = await ann.get(plainPage);
    check(status === 200, `status ${status}`);
  }),

  testCase('store-down-reported', 'With the store down pages that need a session report it', async (kit) => {
    const ann = await kit.loggedIn();
    ann.app.watched.fail();
    const { status } = await ann.get(userPage);
    const isReported = ann.app.errors.some(({ message }) => message.includes(STORE_IS_DOWN));
    check(status >= 500 && isReported, `status ${status}, ${isReported ? 'reported' : 'not reported'}`);
  }),

  defect(16, 'error-not-masked', "A failing save does not hide the handler's own error", async (kit) => {
    const ann = await kit.visitor();
    ann.app.watched.fail('set', 'create', 'update', 'touch');
    const { status } = await ann.get(refusing);
    check(status === 403, `the handler throws 403, the answer is ${status}`);
  }),

  defect(15, 'error-keeps-change', 'A handler that throws keeps its change of the session', async (kit) => {
    const ann = await kit.visitor();
    await ann.get(refusing);
    check((await ann.read('attempts')) === 1, 'it is lost');
  }),

  defect(15, 'error-no-orphan', 'After an error nothing is stored without its cookie', async (kit) => {
    const ann = await kit.visitor();
    const { watched } = ann.app;
    const { setCookies } = await ann.get(refusing);
    check(watched.writes().length === 0 || setCookies.length > 0, 'it is stored, and no cookie is sent');
  }),

  testCase('logout-not-pretended', 'A logout that the store cannot make is an error', async (kit) => {
    const ann = await kit.loggedIn();
    ann.app.watched.fail('destroy');
    const { status } = await ann.logout();
    check(status >= 500, `status ${status}`);
  }),

  defect(17, 'late-change', 'A change after the response has begun is saved', async (kit) => {
    kit.needs('store');
    const ann = await kit.visitor();
    await ann.set('step', 1);
    await ann.get(late);
    const step = await ann.read('step');
    const error = ann.app.errors[0]?.message;
    check(step === 2, `it is lost${error === undefined ? '' : `, error: ${error}`}`);
    check(error === undefined, `it is saved, error: ${error}`);
  }),

  defect(17, 'late-new', 'The error for a session that begins too late mentions it', async (kit) => {
    const ann = await kit.visitor();
    await ann.get(late);
    // Some libraries report it after the request.
    await ann.app.newVisitor().get(plainPage);
    const error = ann.app.errors[0]?.message;
    check(error !== undefined, 'it is lost, without an error');
    check(/session|cookie/i.test(error), `error: ${brief(error)}`);
  }),
]);

export const TROUBLE = [SECURITY, ERRORS];
