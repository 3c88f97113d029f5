import { NotApplicable, offered } from '../adapter.ts';
import { MINUTE } from '../bench.ts';
import { Failure, type Group, verdict } from '../case.ts';
import { getting, loggedIn, login, logout, setting, userOf } from '../handlers.ts';

export const SECURITY: Group = {
  name: 'Security',
  about: 'What somebody can do who has a cookie, makes one, or reads the store.',
  cases: [
    {
      id: 'planted-id',
      title: 'A session never gets an id that the browser brought: here one of an ended session',
      run: async (bench) => {
        bench.needs('store');
        const app = await bench.start();
        const mallory = app.visitor();
        await mallory.get(setting('a', 1));
        const planted = mallory.jar.header();
        await mallory.get(logout);
        await app.visitor().get(setting('userId', 'ann'), { cookie: planted });
        const { result } = await app.visitor().get(userOf, { cookie: planted });
        return verdict(
          result !== 'ann',
          result === 'ann' ? 'who planted it is logged in as her' : 'she got another id',
        );
      },
    },
    {
      id: 'fixation',
      title: 'Who knows the cookie from before the login is not logged in by it',
      run: async (bench) => {
        const app = await bench.start();
        const mallory = app.visitor();
        await mallory.get(setting('a', 1));
        const planted = mallory.jar.header();
        await app.visitor().get(login('ann'), { cookie: planted });
        const { result } = await app.visitor().get(userOf, { cookie: planted });
        return verdict(result !== 'ann', result === 'ann' ? 'it is logged in' : 'it is not');
      },
    },
    {
      id: 'id-bits',
      title: 'Ids have 128 random bits or more',
      defects: [5],
      run: async (bench) => {
        bench.needs('store');
        const app = await bench.start();
        const seen: Set<string>[] = [];
        for (let nth = 0; nth < 500; nth += 1) {
          const { result } = await app.visitor().get(({ session }) => {
            session.set('a', 1);
            return offered(session, 'id')();
          });
          // Some set it when they save.
          if (typeof result !== 'string') throw new NotApplicable('it does not tell its id');
          for (const [at, character] of result.split('').entries()) (seen[at] ??= new Set()).add(character);
        }
        // As many bits as the characters seen at each place can tell apart: never fewer than there are, but for chance.
        const bits = Math.round(seen.reduce((sum, { size }) => sum + Math.log2(size), 0));
        return verdict(bits >= 128, `${bits} bits`);
      },
    },
    {
      id: 'ids-hashed',
      title: 'Who reads the store learns no id that opens a session',
      run: async (bench) => {
        bench.needs('store');
        const { contentsOf } = bench.adapter;
        if (!contentsOf)
          throw new NotApplicable('its store is memory that cannot be looked into from outside');
        const app = await bench.start();
        const { result: id } = await app.visitor().get(async ({ session }) => {
          session.set('userId', 'ann');
          await session.save?.();
          return session.id?.();
        });
        const contents = await contentsOf(app.watched.store);
        if (typeof id !== 'string' || !contents.includes('ann'))
          throw new Error(`nothing was stored: ${contents}`);
        return verdict(
          !contents.includes(id),
          contents.includes(id) ? 'the ids are there as they are sent' : 'no id is there',
        );
      },
    },
    {
      id: 'tampered',
      title: 'A cookie that somebody has changed is no session, and no error',
      run: async (bench) => {
        const app = await bench.start();
        const ann = await loggedIn(app);
        const bad: string[] = [];
        for (const [name, value] of ann.jar.sent()) {
          for (const at of [2, Math.floor(value.length / 2), value.length - 3]) {
            const other = value[at] === 'A' ? 'B' : 'A';
            const cookies = new Map(ann.jar.sent()).set(
              name,
              value.slice(0, at) + other + value.slice(at + 1),
            );
            const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
            const { status, result } = await app.visitor().get(userOf, { cookie });
            if (status !== 200) bad.push(`status ${status}`);
            if (result === 'ann') bad.push('it is accepted');
          }
        }
        return verdict(bad.length === 0, bad[0] ?? 'it is not');
      },
    },
    {
      id: 'replay',
      title: 'After a logout a copy of the cookie opens nothing',
      run: async (bench) => {
        const app = await bench.start();
        const ann = await loggedIn(app);
        const cookie = ann.jar.header();
        await ann.get(logout);
        const { result } = await app.visitor().get(userOf, { cookie });
        return verdict(result !== 'ann', result === 'ann' ? 'it is logged in' : 'it opens nothing');
      },
    },
    {
      id: 'replay-older',
      title: 'An earlier cookie of the same session does not bring back what was in it',
      run: async (bench) => {
        const app = await bench.start();
        const ann = app.visitor();
        await ann.get(setting('balance', 10));
        const cookie = ann.jar.header();
        await ann.get(setting('balance', 0));
        if ((await ann.get(getting('balance'))).result !== 0) throw new Failure('nothing is kept');
        const { result } = await app.visitor().get(getting('balance'), { cookie });
        return verdict(result !== 10, result === 10 ? 'it does' : 'it does not');
      },
    },
    {
      id: 'unreadable',
      title: 'The cookie cannot be read by its owner',
      run: async (bench) => {
        const app = await bench.start();
        const ann = app.visitor();
        await ann.get(setting('note', 'confidential'));
        if ((await ann.get(getting('note'))).result !== 'confidential') throw new Failure('it is not kept');
        const values = [...ann.jar.sent().values()];
        const readable = values.some((value) =>
          [value, decodeURIComponent(value)].some(
            (text) => text.includes('confidential') || Buffer.from(text, 'base64').includes('confidential'),
          ),
        );
        return verdict(!readable, readable ? 'the base64 of it is what the session has' : 'it cannot');
      },
    },
    {
      id: 'everywhere',
      title: "A user's other sessions can be ended",
      run: async (bench) => {
        const app = await bench.start();
        const [laptop, phone] = [app.visitor(), app.visitor()];
        await phone.get(login('ann'));
        bench.clock.advance(MINUTE);
        await laptop.get(login('ann'));
        bench.clock.advance(MINUTE);
        await laptop.get(async ({ session }) => void (await offered(session, 'endOthers')()));
        const [here, there] = [(await laptop.get(userOf)).result, (await phone.get(userOf)).result];
        return verdict(
          here === 'ann' && there !== 'ann',
          here === 'ann'
            ? there === 'ann'
              ? 'the other goes on'
              : 'the other has ended'
            : 'this one has ended',
        );
      },
    },
  ],
};
