import Koa, { type Context } from 'koa';
import { describe, expect, it } from 'vitest';
import session, {
  MemoryRevocations,
  MemoryStore,
  RedisStore,
  type SessionOptions,
  userSessions,
} from '../index.ts';
import { useRedis } from '../testing/redis-fixtures.ts';
import { hasRedisServer } from '../testing/redis-server.ts';
import { Browser, bag } from '../testing/set-up.ts';

const userOf: SessionOptions['userOf'] = (data) => (data as { user?: string }).user;

const BY_ITSELF = (ctx: Context): unknown => (bag(ctx).user = 'ann');

async function byNewId(ctx: Context): Promise<void> {
  bag(ctx).user = 'ann';
  await bag(ctx).regenerate();
}

/** People with their own browsers, whose requests may run in parallel. */
function people(options: SessionOptions) {
  const app = new Koa();
  app.keys = ['a key of thirty-two characters...'];
  app.use(session({ userOf, ...options }, app));
  const errors: Error[] = [];
  app.on('error', (error: Error) => errors.push(error));
  const missed: unknown[] = [];
  app.on('session:missed', ({ key }) => missed.push(key));
  const handlers = new Map<string, (ctx: Context) => unknown>();
  const results = new Map<string, unknown>();
  app.use(async (ctx) => {
    const name = ctx.get('x-request');
    results.set(name, await handlers.get(name)?.(ctx));
  });
  let made = 0;
  const as = async (from: Browser, handler: (ctx: Context) => unknown): Promise<unknown> => {
    const name = String((made += 1));
    handlers.set(name, handler);
    await from.get('/', { 'x-request': name });
    return results.get(name);
  };
  const logIn = async (how = BY_ITSELF, from = new Browser(app)): Promise<Browser> => {
    await as(from, how);
    return from;
  };
  const userIn = (from: Browser): Promise<unknown> => as(from, (ctx) => bag(ctx).user);
  const count = (from: Browser): Promise<unknown> =>
    as(from, async (ctx) => (await userSessions(ctx).list()).length);
  const loggedIn = async (browsers: Browser[]): Promise<Browser[]> => {
    const users = await Promise.all(browsers.map(userIn));
    return browsers.filter((_, nth) => users[nth] === 'ann');
  };
  return { app, errors, missed, as, logIn, userIn, count, loggedIn };
}

function describeLimit(makeStore: () => SessionOptions['store']): void {
  const open = (maxSessionsPerUser?: number) => people({ store: makeStore(), maxSessionsPerUser });

  it.each([
    ['sets the user', BY_ITSELF],
    ['also regenerates', byNewId],
  ])('a login that %s ends the oldest session beyond it, like any ended session', async (_, how) => {
    const { missed, errors, as, logIn, userIn, count } = open(2);
    const [first, second] = [await logIn(how), await logIn(how)];
    const id = await as(first, (ctx) => bag(ctx).externalKey);
    const third = await logIn(how);
    expect(missed).toEqual([]);
    expect([await userIn(first), await userIn(second), await userIn(third)]).toEqual([
      undefined,
      'ann',
      'ann',
    ]);
    expect([missed, errors]).toEqual([[id], []]);
    expect(await count(third)).toBe(2);
  });

  it('a login in an anonymous session ends the oldest one, too', async () => {
    const { app, as, logIn, userIn, loggedIn } = open(1);
    const first = await logIn();
    const second = new Browser(app);
    await as(second, (ctx) => (bag(ctx).views = 1));
    expect(await userIn(first)).toBe('ann');
    await logIn(BY_ITSELF, second);
    expect(await loggedIn([first, second])).toEqual([second]);
  });

  it('a new id for a session of the user ends no other', async () => {
    const { as, logIn, loggedIn } = open(3);
    const all = [await logIn(), await logIn(), await logIn()];
    for (const browser of [...all, ...all]) await as(browser, (ctx) => bag(ctx).regenerate());
    await Promise.all(all.map((browser) => as(browser, (ctx) => bag(ctx).regenerate())));
    expect(await loggedIn(all)).toEqual(all);
  });

  it('parallel requests for a new id of the only allowed session log nobody out', async () => {
    const { as, logIn, count, loggedIn } = open(1);
    const browser = await logIn();
    let waiting = 0;
    let goOn: (() => void) | undefined;
    const allAreThere = new Promise<void>((resolve) => (goOn = resolve));
    const renew = async (ctx: Context): Promise<void> => {
      void bag(ctx).user;
      if ((waiting += 1) === 3) goOn?.();
      await allAreThere;
      await bag(ctx)
        .regenerate()
        .catch(() => undefined);
    };
    await Promise.all([1, 2, 3].map(() => as(browser, renew)));
    expect(await loggedIn([browser])).toEqual([browser]);
    expect(await count(browser)).toBe(1);
  });

  it('twenty logins at once leave five sessions', async () => {
    const { app, errors, logIn, count, loggedIn } = open(5);
    const browsers = Array.from({ length: 20 }, () => new Browser(app));
    await Promise.all(browsers.map((browser, nth) => logIn(nth % 2 ? byNewId : BY_ITSELF, browser)));
    const left = await loggedIn(browsers);
    expect(left).toHaveLength(5);
    expect(await count(left[0] as Browser)).toBe(5);
    expect(errors).toEqual([]);
  });

  it('a request under way does not bring back the session that a login has ended', async () => {
    const { app, as, logIn, userIn, count } = open(1);
    const gone: unknown[] = [];
    app.on('session:gone', ({ key }) => gone.push(key));
    const first = await logIn();
    const id = await as(first, (ctx) => bag(ctx).externalKey);
    let second = first;
    await as(first, async (ctx) => {
      bag(ctx).views = 1;
      second = await logIn();
    });
    expect(gone).toEqual([id]);
    expect([await userIn(first), await userIn(second), await count(second)]).toEqual([undefined, 'ann', 1]);
  });

  it('a hundred are allowed unless the option says otherwise', async () => {
    const { logIn, count, loggedIn } = open();
    const browsers: Browser[] = [];
    for (let nth = 0; nth < 102; nth += 1) browsers.push(await logIn());
    expect(await loggedIn(browsers)).toEqual(browsers.slice(2));
    expect(await count(browsers[101] as Browser)).toBe(100);
  });

  it('any number is allowed with Infinity', async () => {
    const { logIn, count } = open(Infinity);
    for (let nth = 0; nth < 101; nth += 1) await logIn();
    expect(await count(await logIn())).toBe(102);
  });
}

describe('a limit on the sessions of a user in a MemoryStore:', () => {
  describeLimit(() => new MemoryStore());
});

describe.skipIf(!hasRedisServer())('a limit on the sessions of a user in Redis:', () => {
  const redis = useRedis();
  let made = 0;
  describeLimit(() => new RedisStore({ client: redis.client, prefix: `${(made += 1)}:`, timeout: 60_000 }));
});

describe('a limit on the sessions of a user, if the store cannot count them:', () => {
  const records = new Map<string, unknown>();
  const classic = {
    get: (id: string) => records.get(id),
    set: (id: string, record: object) => void records.set(id, structuredClone(record)),
    destroy: (id: string) => void records.delete(id),
  };

  it.each<[string, SessionOptions]>([
    ['in cookies', {}],
    ['in cookies that can be revoked', { revocations: new MemoryRevocations(), absoluteMaxAge: 3_600_000 }],
    ["in a store of koa-session's kind", { store: classic }],
    ['without userOf', { store: new MemoryStore(), userOf: null }],
  ])('%s all go on', async (_name, options) => {
    const { errors, logIn, loggedIn } = people({ ...options, maxSessionsPerUser: 1 });
    const all = [await logIn(), await logIn(byNewId), await logIn()];
    expect(await loggedIn(all)).toEqual(all);
    expect([errors, [...records.values()].filter((record) => 'maxOfUser' in (record as object))]).toEqual([
      [],
      [],
    ]);
  });
});
