import fc from 'fast-check';
import type { Context } from 'koa';
import { createClient } from 'redis';
import { describe, expect, it } from 'vitest';
import {
  MemoryRevocations,
  MemoryStore,
  RedisRevocations,
  RedisStore,
  type RevocableSession,
  type Revocations,
  type SessionOptions,
  type UserSession,
  userSessions,
} from '../index.ts';
import { userKey } from '../redis/redis-text.ts';
import { useRedis, watchWarnings } from '../testing/redis-fixtures.ts';
import { hasRedisServer } from '../testing/redis-server.ts';
import { Browser, bag, setUp } from '../testing/set-up.ts';

const SEED = Number(process.env['REVOCATIONS_SEED'] || Date.now() % 2 ** 31);
const START = Date.parse('2030-01-01T00:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The options of one process with its clock; what processes share is made once. */
type Storage = () => (now: () => number) => SessionOptions;

type Redis = ReturnType<typeof useRedis>;

let prefixes = 0;

const redisOptions = (redis: Redis) => ({
  client: redis.client,
  prefix: `${(prefixes += 1)}:`,
  timeout: 60_000,
});

const inRedis = (redis: Redis): [revoked: Storage, stored: Storage] => [
  () => {
    const shared = redisOptions(redis);
    return (now) => ({ revocations: new RedisRevocations({ ...shared, now }) });
  },
  () => {
    const shared = redisOptions(redis);
    return () => ({ store: new RedisStore(shared) });
  },
];

const inMemory: [revoked: Storage, stored: Storage] = [
  () => {
    let revocations: MemoryRevocations | undefined;
    return (now) => ({ revocations: (revocations ??= new MemoryRevocations({ now })) });
  },
  () => {
    let store: MemoryStore | undefined;
    return (now) => ({ store: (store ??= new MemoryStore({ now })) });
  },
];

const userOf: SessionOptions['userOf'] = (data) => (data as { user?: string }).user;

/** Processes of one app; `after` moves the clocks of all of them. */
function deploy(storage: Storage, more: SessionOptions = {}) {
  let time = START;
  const optionsOf = storage();
  const start = (ahead: number) => {
    const now = (): number => time + ahead;
    const made = setUp({
      ...optionsOf(now),
      now,
      encrypt: true,
      maxAge: 2 * DAY,
      absoluteMaxAge: 30 * DAY,
      userOf,
      ...more,
    });
    const as = async (from: Browser, handler: (ctx: Context) => unknown): Promise<unknown> => {
      const reply = await made.request(handler, {}, new Forwarded(from, made.browser, () => time));
      if (reply.status >= 400) throw new Error(`${reply.status}: ${made.errors.map(String).join()}`);
      return reply.result;
    };
    return {
      as,
      userIn: (from: Browser) => as(from, (ctx) => bag(ctx).user),
      logIn: async (how: Login = 'with a new id', from = new Browser(made.app, () => time)) => {
        await as(from, (ctx) => {
          bag(ctx).user = 'ann';
          if (how === 'with a new id') return bag(ctx).regenerate();
        });
        return from;
      },
      visit: async () => {
        const from = new Browser(made.app, () => time);
        await as(from, (ctx) => void (bag(ctx).cart = 1));
        return from;
      },
      endOthers: (from: Browser) => as(from, (ctx) => userSessions(ctx).endOthers()),
      logOut: (from: Browser) => as(from, (ctx) => void (ctx.session = null)),
    };
  };
  return { start, after: (ms: number) => void (time += ms) };
}

type Login = 'with a new id' | 'in place';

/** A person whose requests a load balancer sends to any process. */
class Forwarded extends Browser {
  readonly #process: Browser;
  readonly #now: () => number;

  constructor(from: Browser, process: Browser, now: () => number) {
    super(undefined as never);
    Object.assign(this, { jar: from.jar });
    this.#process = process;
    this.#now = now;
  }

  override async get(url?: string, headers: Record<string, string> = {}) {
    this.#process.jar.cookies.clear();
    const cookie = this.jar.header(this.#now());
    const reply = await this.#process.get(url, { ...headers, ...(cookie && { cookie }) });
    this.jar.take(reply.setCookie, this.#now());
    return reply;
  }
}

function describeClocks(storage: Storage): void {
  const SKEWS = [-HOUR, 0, HOUR];
  const pairs = SKEWS.flatMap((one) => SKEWS.map((other): [number, number] => [one, other]));
  const cases = pairs.flatMap(([one, other]) =>
    (['with a new id', 'in place'] as const).map((how): [Login, number, number] => [how, one, other]),
  );

  it.each(cases)(
    'a session begun %s by a clock %d ms ahead ends when its user ends all others by one %d ms ahead',
    async (how, created, ended) => {
      const { start, after } = deploy(storage);
      const [one, other] = [start(created), start(ended)];
      const elsewhere = await one.logIn(how);
      const mine = await other.logIn(how);
      after(MINUTE);
      await other.endOthers(mine);
      after(MINUTE);
      expect([await one.userIn(elsewhere), await other.userIn(elsewhere)]).toEqual([undefined, undefined]);
      expect([await one.userIn(mine), await other.userIn(mine)]).toEqual(['ann', 'ann']);
    },
  );

  it.each(cases)(
    'a login %s by a clock %d ms ahead is valid after all others were ended by one %d ms ahead',
    async (how, created, ended) => {
      const { start, after } = deploy(storage);
      const [one, other] = [start(created), start(ended)];
      const visitor = await one.visit();
      const mine = await other.logIn();
      await other.endOthers(mine);
      const fresh = [
        await one.logIn(how),
        await one.logIn(how, visitor),
        await one.logIn(how, await one.visit()),
      ];
      after(MINUTE);
      for (const browser of [...fresh, mine])
        expect([await one.userIn(browser), await other.userIn(browser)]).toEqual(['ann', 'ann']);
    },
  );

  it.each(pairs)(
    'the excepted session ends when another one ends all others, by clocks %d and %d ms ahead',
    async (first, second) => {
      const { start, after } = deploy(storage);
      const [one, other] = [start(first), start(second)];
      const mine = await one.logIn();
      await one.endOthers(mine);
      for (const wait of [0, MINUTE]) {
        after(wait);
        const next = await other.logIn();
        await other.endOthers(next);
        expect([await one.userIn(mine), await other.userIn(mine)]).toEqual([undefined, undefined]);
        expect([await one.userIn(next), await other.userIn(next)]).toEqual(['ann', 'ann']);
        await one.logIn('with a new id', mine);
        await one.endOthers(mine);
        expect([await one.userIn(next), await other.userIn(mine)]).toEqual([undefined, 'ann']);
      }
    },
  );

  it('a session that has ended another and was ended itself stays ended when it ends others again', async () => {
    const { start } = deploy(storage);
    const [one, other] = [start(0), start(HOUR)];
    const [mine, theirs] = [await one.logIn(), await other.logIn()];
    await one
      .as(theirs, async (ctx) => {
        const sessions = userSessions(ctx);
        await other.endOthers(mine);
        await sessions.endOthers();
      })
      .catch(() => undefined);
    expect(await one.userIn(theirs)).toBeUndefined();
  });
}

/** In cookie mode. `pause` is awaited between a stamp and the cookie that carries it. */
function describeCookies(storage: Storage): void {
  const paused = (pause: () => Promise<unknown>): Storage => {
    const made = storage();
    return () => (now) => {
      const { revocations } = made(now);
      if (!revocations) throw new Error('this storage has no revocations');
      const stamp = async (userId?: string) => {
        const given = await revocations.stamp?.(userId);
        await pause();
        return given ?? '';
      };
      const isRevoked: Revocations['isRevoked'] = (session) => revocations.isRevoked(session);
      const revoke: Revocations['revoke'] = (...rest) => revocations.revoke(...rest);
      return {
        revocations: { stamp, isRevoked, revoke, revokeUser: (...rest) => revocations.revokeUser(...rest) },
      };
    };
  };

  it('a login under way while all others are ended counts as one of them', async () => {
    let meanwhile: (() => Promise<unknown>) | undefined;
    const { start } = deploy(paused(async () => meanwhile?.()));
    const [one, other] = [start(0), start(-HOUR)];
    const mine = await one.logIn();
    const late = new Map([
      ['with a new id', await one.visit()],
      ['in place', await one.visit()],
    ] as const);
    for (const [how, browser] of late) {
      meanwhile = async () => {
        meanwhile = undefined;
        await other.endOthers(mine);
      };
      await one.logIn(how, browser);
      expect([how, await one.userIn(browser), await one.userIn(mine)]).toEqual([how, undefined, 'ann']);
    }
  });

  it.each([0, HOUR])(
    'a session that is ended while it gets a new id stays ended (%d ms ahead)',
    async (ahead) => {
      const { start } = deploy(storage);
      const [one, other] = [start(ahead), start(0)];
      const [stolen, mine] = [await one.logIn(), await other.logIn()];
      await one.as(stolen, async (ctx) => {
        const session = bag(ctx);
        await other.endOthers(mine);
        await session.regenerate();
      });
      expect([await one.userIn(stolen), await other.userIn(mine)]).toEqual([undefined, 'ann']);
    },
  );

  it('a logout also ends the cookie from before a login without a new id', async () => {
    const { start } = deploy(storage);
    const { as, visit, logIn, logOut, endOthers } = start(0);
    const visitor = await visit();
    await endOthers(await logIn());
    const copies = [new Map(visitor.jar.cookies)];
    await logIn('in place', visitor);
    copies.push(new Map(visitor.jar.cookies));
    await logOut(visitor);
    for (const copy of copies) {
      for (const [name, cookie] of copy) visitor.jar.cookies.set(name, cookie);
      expect(await as(visitor, (ctx) => bag(ctx).cart)).toBeUndefined();
    }
  });

  it('a session that passes from one user to another is valid for each, under one id', async () => {
    const { start } = deploy(storage);
    const { as, logIn, endOthers, userIn } = start(0);
    await endOthers(await logIn());
    const bob = await logIn();
    await as(bob, (ctx) => (bag(ctx).user = 'bob'));
    await endOthers(await logIn());
    expect(await userIn(bob)).toBe('bob');
    const handles = new Set<unknown>();
    for (const user of ['ann', 'ann', 'bob', 'ann']) {
      const list = await as(bob, (ctx) => {
        bag(ctx).user = user;
        return userSessions(ctx).list();
      });
      const [current] = list as UserSession[];
      handles.add(current?.handle);
      expect(await userIn(bob)).toBe(user);
    }
    expect(handles.size).toBe(1);
  });
}

/** Sessions of two people, on clocks that go back and forth, compared with the order of the calls. */
function describeOrder(make: () => Revocations): void {
  it(`a call ends exactly the sessions created before it, in any order of the times (seed ${SEED})`, async () => {
    const user = fc.constantFrom('ann', 'bob');
    const call = fc.oneof(
      fc.record({ kind: fc.constant('create' as const), user }),
      fc.record({ kind: fc.constant('end' as const), nth: fc.nat(5) }),
      fc.record({
        kind: fc.constant('end all' as const),
        user,
        upTo: fc.nat(5),
        except: fc.option(fc.nat(5), { nil: undefined }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 2, maxLength: 14 }), async (calls) => {
        const revocations = make();
        const made: (RevocableSession & { isEnded: boolean })[] = [];
        for (const one of calls) {
          if (one.kind === 'create') {
            const stamp = await revocations.stamp?.(one.user);
            const id = `${made.length}~${stamp}`;
            made.push({ id, createdAt: made.length % 3, stamp, userId: one.user, isEnded: false });
          } else if (one.kind === 'end') {
            const session = made[one.nth];
            if (session) await revocations.revoke(session, Infinity);
            if (session) session.isEnded = true;
          } else {
            const spared = made[one.except ?? Infinity];
            await revocations.revokeUser(one.user, one.upTo, Infinity, spared?.id);
            for (const session of made)
              if (session.userId === one.user && session !== spared) session.isEnded = true;
          }
          for (const session of made)
            expect([session.id, await revocations.isRevoked(session)]).toEqual([session.id, session.isEnded]);
        }
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it('with upTo Infinity all sessions end, including future ones', async () => {
    const revocations = make();
    await revocations.revokeUser('ann', Infinity, Infinity);
    for (const userId of ['ann', 'bob']) {
      const stamp = await revocations.stamp?.(userId);
      expect(await revocations.isRevoked({ id: `a~${stamp}`, createdAt: 9, userId, stamp })).toBe(
        userId === 'ann',
      );
    }
    await revocations.revokeUser('bob', 9, Infinity);
    const stamp = await revocations.stamp?.('bob');
    expect(await revocations.isRevoked({ id: `b~${stamp}`, createdAt: 1, userId: 'bob', stamp })).toBe(false);
  });

  it('a session with the stamp of other revocations counts as older than all revocations', async () => {
    const [revocations, other] = [make(), make()];
    await other.revokeUser('ann', 9, Infinity);
    const stamp = await other.stamp?.('ann');
    const session = { id: `a~${stamp}`, createdAt: 1e15, userId: 'ann', stamp };
    expect(await revocations.isRevoked(session)).toBe(false);
    await revocations.revokeUser('ann', 5, Infinity);
    expect(await revocations.isRevoked(session)).toBe(true);
    expect(await revocations.isRevoked({ ...session, userId: 'bob' })).toBe(false);
  });
}

it('in memory, ending all others works after a restart with the clock set back', async () => {
  let revocations: MemoryRevocations | undefined;
  const { start } = deploy(() => (now) => ({
    revocations: (revocations ??= new MemoryRevocations({ now })),
  }));
  const elsewhere = await start(HOUR).logIn();
  revocations = undefined;
  const restarted = start(0);
  expect(await restarted.userIn(elsewhere)).toBe('ann');
  const mine = await restarted.logIn();
  await restarted.endOthers(mine);
  expect([await restarted.userIn(elsewhere), await restarted.userIn(mine)]).toEqual([undefined, 'ann']);
  expect(await restarted.userIn(await restarted.logIn())).toBe('ann');
});

it('a session is stamped once, and requests ask no more often than without stamps', async () => {
  const asked: string[] = [];
  const inner = new MemoryRevocations();
  const note = <Answer>(what: string, answer: Answer): Answer => {
    asked.push(what);
    return answer;
  };
  const revocations: Revocations = {
    revoke: (...rest) => note('end', inner.revoke(...rest)),
    revokeUser: (...rest) => inner.revokeUser(...rest),
    isRevoked: (session) => note('check', inner.isRevoked(session)),
    stamp: () => note('stamp', inner.stamp()),
  };
  const { start } = deploy(() => () => ({ revocations }));
  const { as, visit, userIn } = start(0);
  const askedBy = async (work: Promise<unknown>) => {
    asked.length = 0;
    await work;
    return asked.join(' ');
  };
  const browser = await visit();
  expect([
    await askedBy(visit()),
    await askedBy(as(browser, (ctx) => (bag(ctx).user = 'ann'))),
    await askedBy(userIn(browser)),
    await askedBy(as(browser, (ctx) => (bag(ctx).views = 1))),
    await askedBy(as(browser, (ctx) => bag(ctx).regenerate())),
  ]).toEqual(['stamp', 'check check check', 'check', 'check check', 'check stamp check end']);
});

it.each(['of-an-app', 'of~an~app', '~', 'app~2'])(
  'an id made by the app is told apart from its stamp: %s',
  async (name) => {
    const { start } = deploy(() => (now) => ({ revocations: new MemoryRevocations({ now }) }), {
      genid: () => name + (made += 1),
    });
    let made = 0;
    const { as, logIn, endOthers, userIn, logOut } = start(0);
    const [elsewhere, mine] = [await logIn(), await logIn()];
    await as(mine, (ctx) => (bag(ctx).views = 1));
    await endOthers(mine);
    expect([await userIn(elsewhere), await userIn(mine), await userIn(await logIn())]).toEqual([
      undefined,
      'ann',
      'ann',
    ]);
    const copy = new Map(mine.jar.cookies);
    await logOut(mine);
    for (const [key, cookie] of copy) mine.jar.cookies.set(key, cookie);
    expect(await userIn(mine)).toBeUndefined();
  },
);

it('without stamps, revocations compare sessions by time, as in the first edition', async () => {
  const byTime = new MemoryRevocations();
  const revocations: Revocations = {
    revoke: (...rest) => byTime.revoke(...rest),
    revokeUser: (...rest) => byTime.revokeUser(...rest),
    isRevoked: (session) => byTime.isRevoked(session),
  };
  const { start, after } = deploy(() => () => ({ revocations }));
  const { logIn, endOthers, userIn } = start(0);
  const [elsewhere, mine] = [await logIn(), await logIn()];
  await endOthers(mine);
  const fresh = [await logIn()];
  after(1);
  fresh.push(await logIn());
  expect([await userIn(elsewhere), await userIn(mine)]).toEqual([undefined, 'ann']);
  expect([await userIn(fresh[0]!), await userIn(fresh[1]!)]).toEqual(['ann', 'ann']);
});

describe('with clocks that differ, in memory,', () => {
  const [revoked, stored] = inMemory;
  describe('where sessions are in cookies,', () => {
    describeClocks(revoked);
    describeCookies(revoked);
    describeOrder(() => new MemoryRevocations({ now: () => 1 }));
  });
  describe('in MemoryStore,', () => {
    describeClocks(stored);
  });
});

describe.skipIf(!hasRedisServer())('with clocks that differ, in Redis,', () => {
  const redis = useRedis();
  const [revoked, stored] = inRedis(redis);
  describe('where sessions are in cookies,', () => {
    describeClocks(revoked);
    describeCookies(revoked);
    describeOrder(() => new RedisRevocations(redisOptions(redis)));

    it('a session stays valid when older revocations are forgotten, and ends with the next call', async () => {
      const revocations = new RedisRevocations(redisOptions(redis));
      const begin = async (id: string) => {
        const stamp = await revocations.stamp('ann');
        return { id: `${id}~${stamp}`, createdAt: 1, userId: 'ann', stamp };
      };
      await revocations.revokeUser('ann', 5, Infinity);
      const earlier = await begin('earlier');
      await redis.client.flushDb();
      expect(await revocations.isRevoked(earlier)).toBe(false);
      await revocations.revokeUser('ann', 4, Infinity);
      expect([
        await revocations.isRevoked(earlier),
        await revocations.isRevoked(await begin('later')),
      ]).toEqual([true, false]);
    });

    it('an anonymous session begins without waiting for Redis', async () => {
      const client = createClient({ url: redis.server.url, disableOfflineQueue: true });
      const revocations = new RedisRevocations({ client });
      expect(await revocations.stamp(undefined)).toBe('');
      await expect(revocations.stamp('ann')).rejects.toThrow(/closed|offline/i);
    });

    it('no session of a user is valid, whatever its stamp, while revocations of the user cannot be read', async () => {
      const warnings = watchWarnings();
      const { prefix, ...options } = redisOptions(redis);
      const revocations = new RedisRevocations({ prefix, ...options });
      for (const text of ['"~" - -1', '5 - nan', '1.2.3 - -1', '']) {
        await redis.client.set(`${prefix}ended-of:${userKey('ann')}`, text);
        const stamp = await revocations.stamp('ann');
        expect(stamp).toMatch(/^[\w.-]*$/);
        expect(await revocations.isRevoked({ id: `a~${stamp}`, createdAt: 1, userId: 'ann', stamp })).toBe(
          true,
        );
      }
      expect(warnings).toHaveLength(4);
    });
  });
  describe('in RedisStore,', () => {
    describeClocks(stored);
  });
});
