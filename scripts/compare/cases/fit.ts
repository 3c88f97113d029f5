import { startRedisServer } from '../../../src/session/testing/redis-server.ts';
import type { Made } from '../adapter.ts';
import type { StartOptions, Visitor } from '../app.ts';
import { group, testCase } from '../case.ts';
import { advanceClock } from '../clock.ts';
import { expressSession } from '../adapters/express.ts';
import { count, type Handler, plainPage, setting, userPage } from '../handlers.ts';
import { HOUR, type Kit, MINUTE } from '../kit.ts';
import { brief, check, mustHave, NotApplicable } from '../outcome.ts';
import { weigh } from '../packages.ts';
import { peers } from '../peers.ts';

const EFFICIENCY = group('Efficiency', 'Work that nobody needs.', [
  testCase('untouched', 'A first visit sends and stores nothing', async (kit) => {
    await checkIdle(await kit.visitor(), plainPage);
  }),

  testCase('looked-at', 'A first visit that reads the session sends and stores nothing', async (kit) => {
    await checkIdle(await kit.visitor(), userPage);
  }),

  testCase('read-only', 'A page that reads an existing session sends and stores nothing', async (kit) => {
    await checkIdle(await known(kit), userPage);
  }),

  testCase('same-value', 'Setting a key to its old value sends and stores nothing', async (kit) => {
    await checkIdle(await known(kit), setting('userId', 'ann'));
  }),

  testCase('not-read', 'For a page that ignores the session the store is not read', async (kit) => {
    const ann = await known(kit);
    const { calls } = ann.app.watched;
    await ann.get(plainPage);
    check(calls.length === 0, `the store was asked to ${calls.join(', ')}`);
  }),

  testCase('touch', 'The store is asked to touch a session of which only the end moves', async (kit) => {
    kit.needs('store');
    const ann = await known(kit, { rolling: true, maxAge: HOUR });
    advanceClock(MINUTE);
    await ann.user();
    const writes = ann.app.watched.writes();
    check(String(writes) === 'touch', `asked to ${writes.join(', ') || 'do nothing'}`);
  }),
]);

/** Ann, logged in, at her third request: some libraries write the record again at the second. */
async function known(kit: Kit, settings?: Parameters<Kit['loggedIn']>[0]): Promise<Visitor> {
  const ann = await kit.loggedIn(settings);
  await ann.user();
  ann.app.store?.forget();
  return ann;
}

/** Checks that a visit to the page sends no cookie and writes nothing to the store. */
async function checkIdle(visitor: Visitor, page: Handler): Promise<void> {
  const { setCookies } = await visitor.get(page);
  const writes = visitor.app.store?.writes() ?? [];
  const done = [
    ...(setCookies.length > 0 ? ['a cookie was sent'] : []),
    ...(writes.length > 0 ? [`the store was asked to ${writes.join(', ')}`] : []),
  ];
  check(done.length === 0, done.join(', '));
}

const REACH = group('Reach', 'What else it works with, and what it weighs.', [
  testCase('http2', 'It works over HTTP/2', async (kit) => checkCount(kit, { protocol: 'http2' })),

  testCase('plain-node', "It works without its framework, on Node's request and response", async (kit) =>
    mustHave(() => checkCount(kit, { plain: true })),
  ),

  testCase('express-stores', 'A store for express-session works with it (memorystore)', async (kit) => {
    kit.needs('store');
    const storeOf = peers.load('memorystore') as (library: unknown) => new (options: object) => object;
    await checkCount(kit, { store: new (storeOf(expressSession()))({}) });
  }),

  testCase('koa-stores', 'A store for Koa works with it (koa-redis)', async (kit) => {
    kit.needs('store');
    const server = await startRedisServer();
    const storeOf = peers.load('koa-redis') as (options: object) => { quit(): Promise<void> };
    const store = storeOf({ host: '127.0.0.1', port: server.port });
    try {
      await checkCount(kit, { store });
    } finally {
      await store.quit();
      await server.dispose();
    }
  }),

  testCase('save-empty', 'An option keeps empty sessions, so that each visitor has an id', async (kit) => {
    const ann = await mustHave(() => kit.visitor({ saveEmpty: true }));
    const { setCookies } = await ann.get(plainPage);
    check(setCookies.length > 0, 'no cookie is sent');
  }),

  testCase('activity', 'A visit extends the session on the server without a new cookie', async (kit) => {
    const ann = await kit.loggedIn({ maxAge: HOUR });
    const copy = await ann.copy();
    for (let nth = 0; nth < 3; nth += 1) {
      advanceClock(40 * MINUTE);
      const { result, setCookies } = await copy.get(userPage);
      check(result === 'ann', 'the session has ended in spite of visits every 40 minutes');
      check(setCookies.length === 0, 'a cookie is sent');
    }
  }),

  testCase('reload', 'A long request can read what other requests have changed', async (kit) => {
    const ann = await kit.loggedIn();
    const { result } = await mustHave(() =>
      ann.slowly(
        userPage,
        () => ann.set('theme', 'dark'),
        async ({ session }) => {
          await session.reload();
          return session.get('theme');
        },
      ),
    );
    check(result === 'dark', 'it sees the old data');
  }),

  testCase('on-npm', 'It is a package, which `npm update` keeps up to date', async (kit) => {
    check(madeOf(kit).ownFolder === undefined, 'its code is copied, and the app has to update it');
  }),

  testCase('packages', 'Packages that come with it, without framework and database client', async (kit) =>
    String(weigh(madeOf(kit)).packages),
  ),

  testCase('kilobytes', 'Their size on the disk with its own code, in kB', async (kit) =>
    String(Math.round(weigh(madeOf(kit)).bytes / 1000)),
  ),

  testCase('cookie-bytes', 'Bytes of a `Cookie` header with a user id, rounded to 10', async (kit) => {
    const app = await kit.start();
    let bytes = 0;
    for (let nth = 0; nth < 50; nth += 1) {
      const ann = app.newVisitor();
      await ann.get(setting('userId', 'ann-0001'));
      bytes += (await ann.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ').length;
    }
    return String(Math.round(bytes / 50 / 10) * 10);
  }),
]);

function madeOf({ adapter }: Kit): Made {
  if (!adapter.made) throw new NotApplicable('its adapter does not say what an installation consists of');
  return adapter.made;
}

/** Checks that three visits are counted. */
async function checkCount(kit: Kit, options: StartOptions): Promise<void> {
  const ann = await kit.visitor({}, options);
  const seen: string[] = [];
  for (let nth = 0; nth < 3; nth += 1) {
    const { result, status } = await ann.get(count);
    seen.push(typeof result === 'number' ? String(result) : `status ${status}`);
  }
  const error = ann.app.errors[0]?.message;
  check(seen.join() === '1,2,3', `the count goes ${seen.join(', ')}${error ? ` (${brief(error)})` : ''}`);
}

export const FIT = [EFFICIENCY, REACH];
