import { type Made, NotApplicable } from '../adapter.ts';
import { type Bench, HOUR, MINUTE } from '../bench.ts';
import type { StartOptions } from '../app.ts';
import { type Finding, type Group, verdict } from '../case.ts';
import { brief, orRefusal } from '../told.ts';
import { weigh } from '../packages.ts';
import { meanwhile } from '../meanwhile.ts';
import { count, loggedIn, plainPage, setting, userOf } from '../handlers.ts';
import { startRedisServer } from '../../../src/session/testing/redis-server.ts';
import { peers } from '../peers.ts';
import { expressSession } from '../express-session-library.ts';

export const REACH: Group = {
  name: 'Reach',
  about: 'With what else it works, and what it weighs.',
  cases: [
    {
      id: 'http2',
      title: 'It works over HTTP/2',
      run: async (bench) => counts(bench, { protocol: 'http2' }),
    },
    {
      id: 'plain-node',
      title: 'It works without its framework, on the request and response of Node itself',
      run: async (bench) => {
        if (!bench.adapter.servePlain) return verdict(false, 'it is made for its framework alone');
        return counts(bench, { plain: true });
      },
    },
    {
      id: 'express-stores',
      title: 'A store that was written for express-session works with it (memorystore)',
      run: async (bench) => {
        bench.needs('store');
        const storeOf = peers.load('memorystore') as (library: unknown) => new (options: object) => object;
        return counts(bench, { store: new (storeOf(expressSession()))({}) });
      },
    },
    {
      id: 'koa-stores',
      title: 'A store that was written for Koa works with it (koa-redis)',
      run: async (bench) => {
        bench.needs('store');
        const server = await startRedisServer();
        const storeOf = peers.load('koa-redis') as (options: object) => { quit(): Promise<void> };
        const store = storeOf({ host: '127.0.0.1', port: server.port });
        try {
          return await counts(bench, { store });
        } finally {
          await store.quit();
          await server.dispose();
        }
      },
    },
    {
      id: 'save-empty',
      title: 'An option keeps sessions that nothing was put into, so that every visitor has an id',
      run: async (bench) => {
        const { saveEmpty: reason } = bench.adapter.lacks;
        if (reason !== undefined) return verdict(false, reason);
        const app = await bench.start({ settings: { saveEmpty: true } });
        const { setCookies } = await app.visitor().get(plainPage);
        return verdict(
          setCookies.length > 0,
          setCookies.length > 0 ? 'a cookie is sent' : 'no cookie is sent',
        );
      },
    },
    {
      id: 'activity',
      title: 'A visit extends the session on the server by itself, without a cookie for each response',
      run: async (bench) => {
        const app = await bench.start({ settings: { maxAge: HOUR } });
        const ann = await loggedIn(app);
        const cookie = ann.jar.header();
        for (let nth = 0; nth < 3; nth += 1) {
          bench.clock.advance(40 * MINUTE);
          const { result, setCookies } = await app.visitor().get(userOf, { cookie });
          if (result !== 'ann') return verdict(false, 'over, with visits every 40 minutes');
          if (setCookies.length > 0) return verdict(false, 'a cookie is sent');
        }
        return verdict(true, 'alive after two hours of visits');
      },
    },
    {
      id: 'reload',
      title: 'A long request can read what others have changed meanwhile',
      run: async (bench) => {
        const app = await bench.start();
        const ann = await loggedIn(app);
        const { result } = await meanwhile(
          ann,
          userOf,
          () => ann.get(setting('theme', 'dark')),
          async ({ session }) => {
            if (!session.reload) return 'no way to';
            await session.reload();
            return session.get('theme');
          },
        );
        if (result === 'no way to') return verdict(false, 'it cannot read a session again');
        return verdict(result === 'dark', result === 'dark' ? 'it can' : 'it sees what was there before');
      },
    },
    {
      id: 'on-npm',
      title: 'It is a package, which `npm update` keeps up to date',
      run: async (bench) => {
        const isOne = madeOf(bench).ownFolder === undefined;
        return verdict(isOne, isOne ? 'it is' : 'its code is copied, and one has to keep it up oneself');
      },
    },
    {
      id: 'packages',
      title: 'Packages that come with it, its framework and its database client aside',
      run: async (bench) => ({ verdict: 'measured', saw: String(weigh(madeOf(bench)).packages) }),
    },
    {
      id: 'kilobytes',
      title: 'Their size on the disk with its own, in kB',
      run: async (bench) => {
        const { bytes } = weigh(madeOf(bench));
        return { verdict: 'measured', saw: String(Math.round(bytes / 1000)) };
      },
    },
    {
      id: 'cookie-bytes',
      title:
        'Bytes of the `Cookie` header that brings a user id of 8 characters and 3 letters for the name, to the ten',
      run: async (bench) => {
        const app = await bench.start();
        let bytes = 0;
        for (let nth = 0; nth < 50; nth += 1) {
          const ann = app.visitor();
          await ann.get(setting('userId', 'ann-0001'));
          bytes += ann.jar.header().length;
        }
        return { verdict: 'measured', saw: String(Math.round(bytes / 50 / 10) * 10) };
      },
    },
  ],
};

function madeOf({ adapter }: Bench): Made {
  if (!adapter.made) throw new NotApplicable('its adapter does not say what it is made of');
  return adapter.made;
}

async function counts(bench: Bench, options: StartOptions): Promise<Finding> {
  return orRefusal(async () => {
    const app = await bench.start(options);
    const ann = app.visitor();
    const seen: string[] = [];
    for (let nth = 0; nth < 3; nth += 1) {
      const { result, status } = await ann.get(count);
      seen.push(typeof result === 'number' ? String(result) : `status ${status}`);
    }
    const error = app.errors[0]?.message;
    return verdict(
      seen.join(',') === '1,2,3',
      `the count goes ${seen.join(', ')}${error ? ` (${brief(error)})` : ''}`,
    );
  });
}
