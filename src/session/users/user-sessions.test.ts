import type { Context } from 'koa';
import { describe, expect, it } from 'vitest';
import {
  MemoryRevocations,
  MemoryStore,
  type SessionOptions,
  type UserSession,
  userSessions,
} from '../index.ts';
import { Browser, bag, setUp } from '../testing/set-up.ts';

const START = Date.parse('2030-01-01T00:00:00Z');
const HOUR = 3_600_000;

const MODES: [string, (now: () => number) => SessionOptions][] = [
  ['in a store', () => ({ store: new MemoryStore({ now: () => 0 }) })],
  ['in cookies', (now) => ({ revocations: new MemoryRevocations({ now }) })],
];

/** People with their own browsers, on a clock that the test moves. */
function people(options: (now: () => number) => SessionOptions) {
  let time = START;
  const now = (): number => time;
  const made = setUp({
    ...options(now),
    now,
    encrypt: true,
    rolling: true,
    maxAge: 2 * HOUR,
    absoluteMaxAge: 24 * HOUR,
    userOf,
  });
  const open = () => new Browser(made.app, now);
  const logIn = async (user: string, from = open()): Promise<Browser> => {
    await made.request(
      async (ctx) => {
        bag(ctx).user = user;
        await bag(ctx).regenerate();
      },
      {},
      from,
    );
    time += 1000;
    return from;
  };
  const as = async (from: Browser, handler: (ctx: Context) => unknown): Promise<unknown> =>
    (await made.request(handler, {}, from)).result;
  const userIn = (from: Browser): Promise<unknown> => as(from, (ctx) => bag(ctx).user);
  return { ...made, open, logIn, as, userIn, wait: (ms: number) => void (time += ms) };
}

describe.each(MODES)('the sessions of a user, %s,', (_mode, options) => {
  it('end, except the current one, and those of other users stay', async () => {
    const { logIn, as, userIn } = people(options);
    const [first, second, third] = [await logIn('ann'), await logIn('ann'), await logIn('ann')];
    const bob = await logIn('bob');
    await as(second, (ctx) => userSessions(ctx).endOthers());
    expect([await userIn(first), await userIn(second)]).toEqual([undefined, 'ann']);
    expect([await userIn(third), await userIn(bob)]).toEqual([undefined, 'bob']);
  });

  it('end, except the current one, also if that gets a new id, as for a new password', async () => {
    const { logIn, as, userIn } = people(options);
    const [first, second] = [await logIn('ann'), await logIn('ann')];
    await as(second, async (ctx) => {
      await bag(ctx).regenerate();
      await userSessions(ctx).endOthers();
    });
    expect([await userIn(first), await userIn(second)]).toEqual([undefined, 'ann']);
  });

  it('can begin again after all have ended', async () => {
    const { logIn, as, userIn } = people(options);
    const first = await logIn('ann');
    await as(await logIn('ann'), (ctx) => userSessions(ctx).endOthers());
    // In the same millisecond, too.
    expect(await userIn(await logIn('ann', first))).toBe('ann');
  });

  it('are listed with their times, the current one first', async () => {
    const { logIn, as, wait } = people(options);
    const browser = await logIn('ann');
    wait(HOUR);
    await as(browser, () => undefined);
    const [current] = (await as(browser, (ctx) => userSessions(ctx).list())) as UserSession[];
    expect(current).toMatchObject({
      isCurrent: true,
      data: { user: 'ann' },
      createdAt: START,
      lastSeenAt: START + HOUR + 1000,
      expiresAt: START + 3 * HOUR + 1000,
    });
  });

  it('end one by one: the handle of the current one also clears its cookie', async () => {
    const { logIn, as, userIn, request } = people(options);
    const browser = await logIn('ann');
    const copy = browser.jar.header(START);
    const ended = await as(browser, async (ctx) => {
      const [current] = await userSessions(ctx).list();
      return userSessions(ctx).end(current?.handle ?? '');
    });
    expect([ended, browser.jar.cookies.size]).toEqual([true, 0]);
    expect(await userIn(browser)).toBeUndefined();
    expect((await request((ctx) => bag(ctx).user, { cookie: copy })).result).toBeUndefined();
  });

  it('cannot be listed if nobody is logged in', async () => {
    const { open, as } = people(options);
    const failure = await as(open(), (ctx) => {
      try {
        userSessions(ctx);
      } catch (error) {
        return (error as Error).message;
      }
    });
    expect(failure).toMatch(/nobody is logged in/);
  });
});

describe('the sessions of a user in a store', () => {
  it('are listed, and end one by one; a handle of another user ends nothing', async () => {
    const { logIn, as, userIn } = people(() => ({ store: new MemoryStore() }));
    const [ann, elsewhere, bob] = [await logIn('ann'), await logIn('ann'), await logIn('bob')];
    const listOf = async (from: Browser) =>
      (await as(from, (ctx) => userSessions(ctx).list())) as UserSession[];
    const list = await listOf(ann);
    expect(list.map(({ isCurrent }) => isCurrent)).toEqual([true, false]);
    const handle = list[1]?.handle ?? '';
    const end = (from: Browser) => as(from, (ctx) => userSessions(ctx).end(handle));

    expect([await end(bob), await userIn(elsewhere)]).toEqual([false, 'ann']);
    expect([await end(ann), await userIn(elsewhere), await end(ann)]).toEqual([true, undefined, false]);
    expect(await listOf(ann)).toHaveLength(1);
  });

  it('do not reveal their ids', async () => {
    const { logIn, as } = people(() => ({ store: new MemoryStore() }));
    const browser = await logIn('ann');
    const [id, list] = (await as(browser, async (ctx) => [
      bag(ctx).externalKey,
      JSON.stringify(await userSessions(ctx).list()),
    ])) as [string, string];
    expect(id).toMatch(/^sid-/);
    expect(list).not.toContain(id);
  });
});

const userOf: SessionOptions['userOf'] = (data) => (data as { user?: string }).user;

describe('a set-up that cannot find the sessions of a user', () => {
  const classic = { get: () => ({ user: 'ann' }), set: () => undefined, destroy: () => undefined };

  it.each<[SessionOptions, RegExp]>([
    [{}, /set the option userOf/],
    [{ userOf }, /only with the option revocations/],
    [{ userOf, store: classic }, /this store cannot find the sessions of a user; MemoryStore/],
  ])('says what is missing: %o', async (options, message) => {
    const { request } = setUp(options);
    const { result } = await request((ctx) => {
      bag(ctx).user = 'ann';
      try {
        userSessions(ctx);
      } catch (error) {
        return (error as Error).message;
      }
    });
    expect(result).toMatch(message);
  });
});
