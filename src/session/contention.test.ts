import inject from 'light-my-request';
import Koa, { type Context } from 'koa';
import { createClient } from 'redis';
import { afterAll, describe, expect, it } from 'vitest';
import session, { MemoryStore, RedisStore, type SessionStore, type VersionedStore } from './index.ts';
import { parseSetCookie } from './testing/client.ts';
import { delayed } from './testing/delayed.ts';
import { bag } from './testing/set-up.ts';
import { hasRedisServer, startRedisServer } from './testing/redis-server.ts';
import { makeRandom, turns } from './testing/store-contract/index.ts';

const SEED = Number(process.env['CONTENTION_SEED'] || Date.now() % 2 ** 31);
const ROUNDS = Number(process.env['CONTENTION_ROUNDS'] || 60);
/** The rounds for each store: fewer for slow ones. `CONTENTION_ROUNDS` replaces them. */
const FEWER = process.env['CONTENTION_ROUNDS'] ? ROUNDS : 15;
const PARALLEL = 50;
/** The timeout of a test, in ms. */
const LONG = 900_000;

console.log(`contention: seed ${SEED}; repeat with CONTENTION_SEED=${SEED}`);

function times<Result>(count: number, work: (nth: number) => Promise<Result>): Promise<Result[]> {
  return Promise.all(Array.from({ length: count }, (_none, nth) => work(nth)));
}

/** A store with only koa-session's three methods. */
function classicStore(): SessionStore {
  const records = new Map<string, string>();
  return {
    get: (id) => JSON.parse(records.get(id) ?? 'null') as unknown,
    set: (id, record) => records.set(id, JSON.stringify(record)),
    destroy: (id) => records.delete(id),
  };
}

type Handler = (ctx: Context) => unknown;

interface Answer {
  status: number;
  /** The session id in the response's cookie; '' if it clears the cookie, undefined if it sends none. */
  id: string | undefined;
  result: unknown;
}

/** An app in which each request has its own handler, so that different ones can run in parallel. */
function serve(store: SessionStore | VersionedStore, delay: () => Promise<void>) {
  const app = new Koa();
  app.on('error', (error: Error) => {
    if (!('status' in error)) throw error;
  });
  app.use(session({ store, signed: false, userOf: (data) => (data as { user?: string }).user }, app));
  const handlers = new Map<string, Handler>();
  const results = new Map<string, unknown>();
  app.use(async (ctx) => {
    const name = ctx.get('x-request');
    await delay();
    results.set(name, await handlers.get(name)?.(ctx));
    await delay();
    ctx.body = 'ok';
  });
  const callback = app.callback();
  let made = 0;
  return async (id: string, handler: Handler): Promise<Answer> => {
    const name = String((made += 1));
    handlers.set(name, handler);
    const { statusCode, headers } = await inject((req, res) => void callback(req, res), {
      url: '/',
      headers: { 'x-request': name, ...(id && { cookie: `koa.sess=${id}` }) },
    });
    const [cookie] = [headers['set-cookie'] ?? []].flat().map(parseSetCookie);
    const result = results.get(name);
    handlers.delete(name);
    results.delete(name);
    return { status: statusCode, id: cookie?.value, result };
  };
}

const CLASSIC = "a store of koa-session's kind";
const STORES: [string, number, () => SessionStore | VersionedStore][] = [
  ['MemoryStore', ROUNDS, () => new MemoryStore()],
  [CLASSIC, FEWER, classicStore],
];

if (hasRedisServer()) {
  const server = await startRedisServer();
  const client = await createClient({ url: server.url }).connect();
  STORES.push(['RedisStore', FEWER, () => new RedisStore({ client, timeout: 60_000 })]);
  afterAll(async () => {
    client.destroy();
    await server.dispose();
  });
}

describe.each(STORES)(`requests that meet on one session (seed ${SEED}), in %s`, (name, rounds, make) => {
  const knowsReplaced = name !== CLASSIC;
  /** For rounds with few requests and no network. */
  const all = name === 'RedisStore' ? FEWER : ROUNDS;
  const random = makeRandom(SEED);
  const delay = (): Promise<void> => turns(random);
  const request = serve(delayed(make(), delay), delay);

  /** Starts a session and returns its id. */
  async function begin(data: object): Promise<string> {
    const { id = '' } = await request('', (ctx) => void Object.assign(bag(ctx), data));
    expect(id).not.toBe('');
    return id;
  }

  it(
    'a logout is final, whatever else is under way',
    async () => {
      for (let round = 0; round < all; round += 1) {
        const id = await begin({ user: 'ann', n: 0 });
        const answers = await times(6, (nth) =>
          request(id, async (ctx) => {
            if (nth === 3) return void (ctx.session = null);
            const seen = bag(ctx).user;
            await delay();
            if (nth === 1) await bag(ctx).update((data) => void ((data as { n: number }).n += 1));
            if (nth === 2) await bag(ctx).regenerate();
            bag(ctx)[`key${nth}`] = nth;
            return seen;
          }),
        );
        const [, , regenerated, ended] = answers;
        const after = await request(id, (ctx) => bag(ctx).user);
        expect(after.result, `round ${round}: the old id`).toBeUndefined();
        // Of a session that got another id before it could be ended the logout says so, by 409; a store of
        // koa-session's kind cannot know it.
        const isElsewhere = ended?.status === 409 || !knowsReplaced;
        for (const { id: handed } of answers) {
          if (!handed || handed === id || (isElsewhere && handed === regenerated?.id)) continue;
          const other = await request(handed, (ctx) => bag(ctx).user);
          expect(other.result, `round ${round}: an id that was handed out`).toBeUndefined();
        }
        expect([200, 409], `round ${round}: the logout's status`).toContain(ended?.status);
      }
    },
    LONG,
  );

  it(
    'a logout among requests that only write leaves no session',
    async () => {
      for (let round = 0; round < all; round += 1) {
        const id = await begin({ user: 'ann' });
        const answers = await times(6, (nth) =>
          request(id, (ctx) => (nth === 3 ? void (ctx.session = null) : void (bag(ctx)[`key${nth}`] = nth))),
        );
        for (const handed of new Set([id, ...answers.flatMap((one) => one.id || [])])) {
          const after = await request(handed, (ctx) => bag(ctx).user);
          expect(after.result, `round ${round}`).toBeUndefined();
        }
      }
    },
    LONG,
  );

  it(
    `${PARALLEL} writers of different keys lose none`,
    async () => {
      for (let round = 0; round < rounds; round += 1) {
        const id = await begin({ user: 'ann' });
        await times(PARALLEL, (nth) => request(id, (ctx) => void (bag(ctx)[`key${nth}`] = nth)));
        const { result } = await request(id, (ctx) => bag(ctx).toJSON());
        expect(Object.keys(result as object), `round ${round}`).toHaveLength(PARALLEL + 1);
      }
    },
    LONG,
  );

  it(
    `${PARALLEL} increments by update() are exactly ${PARALLEL}`,
    async () => {
      for (let round = 0; round < rounds; round += 1) {
        const id = await begin({ n: 0 });
        const answers = await times(PARALLEL, () =>
          request(id, (ctx) => bag(ctx).update((data) => ((data as { n: number }).n += 1))),
        );
        const { result } = await request(id, (ctx) => bag(ctx).n);
        expect(result, `round ${round}`).toBe(PARALLEL);
        expect(new Set(answers.map((one) => one.result)).size, `round ${round}: each has its number`).toBe(
          PARALLEL,
        );
      }
    },
    LONG,
  );

  it(
    'regenerate() keeps the data, ends the old id, and nobody sets another session over the new one',
    async () => {
      for (let round = 0; round < all; round += 1) {
        const id = await begin({ cart: 1 });
        const [login, ...others] = await times(6, (nth) =>
          request(id, async (ctx) => {
            if (nth > 0) return void (bag(ctx)[`key${nth}`] = nth);
            bag(ctx).user = 'ann';
            await bag(ctx).regenerate();
          }),
        );
        const fresh = login?.id ?? '';
        expect(fresh, `round ${round}: the new id`).not.toBe(id);
        const { result } = await request(fresh, (ctx) => bag(ctx).toJSON());
        expect(result, `round ${round}: the data`).toMatchObject({ user: 'ann', cart: 1 });
        // A response that still sends the old id has stored its key before, so the new session has it.
        const stored = others.flatMap((other, at) => (other.id === id ? [`key${at + 1}`] : []));
        expect(Object.keys(result as object), `round ${round}: the keys`).toEqual(
          expect.arrayContaining(stored),
        );
        const old = await request(id, (ctx) => bag(ctx).toJSON());
        expect(old.result, `round ${round}: the old id`).toEqual({});
        // Requests that arrived before may renew the cookie of the old id, which is dead, but cannot set a third id.
        const third = others.filter((one) => one.id !== undefined && one.id !== id);
        // A store of koa-session's kind does not know that the id was replaced: a later request begins a new session.
        expect(third.length === 0 || !knowsReplaced, `round ${round}: a third session`).toBe(true);
        for (const { id: other = '' } of third) {
          const { result: user } = await request(other, (ctx) => bag(ctx).user);
          expect(user, `round ${round}: the user of a third session`).toBeUndefined();
        }
      }
    },
    LONG,
  );
});
