import { describe, expect, it } from 'vitest';
import {
  MemoryRevocations,
  type Revocations,
  type SessionEvent,
  type SessionOptions,
  userSessions,
} from '../index.ts';
import { bag, setUp } from '../testing/set-up.ts';

const HOUR = 3_600_000;
const START = Date.parse('2030-01-01T00:00:00Z');

/** Revocations that answer later, as over a network. */
function later(inner: Revocations): Revocations {
  return {
    revoke: async (...rest) => inner.revoke(...rest),
    revokeUser: async (...rest) => inner.revokeUser(...rest),
    isRevoked: async (...rest) => inner.isRevoked(...rest),
  };
}

function inCookies(options: SessionOptions = {}) {
  let time = START;
  const now = (): number => time;
  const revocations = new MemoryRevocations({ now });
  const made = setUp({ encrypt: true, maxAge: HOUR, now, revocations, ...options });
  return { ...made, revocations, wait: (ms: number) => void (time += ms) };
}

describe.each<[string, (inner: Revocations) => Revocations]>([
  ['at once', (inner) => inner],
  ['later', later],
])('revocations that answer %s', (_how, wrap) => {
  const set = (options: SessionOptions = {}) => {
    const inner = new MemoryRevocations({ now: () => START });
    return { ...inCookies({ ...options, revocations: wrap(inner) }), inner };
  };

  it('make a logout final: a copy of the cookie is refused', async () => {
    const { request, browser, inner } = set();
    await request((ctx) => (bag(ctx).user = 'ann'));
    const copy = browser.jar.header(START);
    await request((ctx) => void (ctx.session = null));
    expect(browser.jar.cookies.size).toBe(0);
    const reply = await request((ctx) => [bag(ctx).user, bag(ctx).isNew], { cookie: copy });
    expect(reply.result).toEqual([undefined, true]);
    expect(inner.size).toBe(1);
  });

  it('end the former cookie when the session is regenerated', async () => {
    const { request, browser } = set();
    await request((ctx) => (bag(ctx).a = 1));
    const copy = browser.jar.header(START);
    await request((ctx) => bag(ctx).regenerate());
    expect((await request((ctx) => bag(ctx).a, { cookie: copy })).result).toBeUndefined();
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
  });

  it.each<[string, (ctx: Parameters<typeof bag>[0]) => unknown]>([
    ['changes the session', (ctx) => (bag(ctx).b = 1)],
    ['only extends it', () => undefined],
    [
      'gives it a new id',
      (ctx) =>
        bag(ctx)
          .regenerate()
          .catch(() => undefined),
    ],
  ])('let no request bring back a session that ended while it %s', async (_what, act) => {
    const { request, browser } = set({ rolling: true });
    await request((ctx) => (bag(ctx).user = 'ann'));
    const cookie = browser.jar.header(START);
    const slow = await request(
      async (ctx) => {
        await request((other) => void (other.session = null));
        await act(ctx);
      },
      { cookie },
    );
    expect([slow.setCookie, browser.jar.cookies.size]).toEqual([[], 0]);
  });

  it('follow a session that is replaced by another one', async () => {
    const { request, browser } = set();
    await request((ctx) => (bag(ctx).user = 'ann'));
    const copy = browser.jar.header(START);
    await request((ctx) => {
      ctx.session = null;
      ctx.session = { user: 'bob' };
    });
    expect((await request((ctx) => bag(ctx).user)).result).toBe('bob');
    expect((await request((ctx) => bag(ctx).user, { cookie: copy })).result).toBeUndefined();
  });
});

it('revocations are kept until no copy of the cookie can be valid, with clocks that differ by up to a day', async () => {
  const untils: number[] = [];
  const inner = new MemoryRevocations({ now: () => START });
  const revocations: Revocations = {
    revoke: (session, until) => {
      untils.push(until - START);
      inner.revoke(session, until);
    },
    revokeUser: (_userId, _upTo, until) => void untils.push(until - START),
    isRevoked: (session) => inner.isRevoked(session),
  };
  for (const options of [{}, { absoluteMaxAge: HOUR / 2 }, { maxAge: 'session' }] as SessionOptions[]) {
    const { request } = inCookies({
      ...options,
      revocations,
      userOf: (data) => (data as { user?: string }).user,
    });
    await request((ctx) => (bag(ctx).user = 'ann'));
    await request((ctx) => userSessions(ctx).endOthers());
    await request((ctx) => void (ctx.session = null));
  }
  expect(untils).toEqual([Infinity, Infinity, 24.5 * HOUR, 24.5 * HOUR, Infinity, Infinity]);
});

it('a session without an id, from before the option was set, is refused', async () => {
  const before = setUp({ maxAge: HOUR, signed: false });
  await before.request((ctx) => (bag(ctx).user = 'ann'));
  const cookie = before.browser.jar.header(Date.now());
  const { request } = setUp({ maxAge: HOUR, signed: false, revocations: new MemoryRevocations() });
  expect((await request((ctx) => bag(ctx).user, { cookie })).result).toBeUndefined();
});

describe.each(['throws', 'rejects'] as const)('revocations that fail (%s)', (how) => {
  function failing(onRevocationError?: 'refuse' | 'accept') {
    let isDown = false;
    const inner = new MemoryRevocations({ now: () => START });
    const answer = <T>(work: () => T): T | Promise<T> => {
      if (!isDown) return work();
      const error = new Error('revocations are down');
      if (how === 'throws') throw error;
      return Promise.reject(error);
    };
    const made = inCookies({
      ...(onRevocationError && { onRevocationError }),
      revocations: {
        revoke: (...rest) => answer(() => inner.revoke(...rest)),
        revokeUser: (...rest) => answer(() => inner.revokeUser(...rest)),
        isRevoked: (session) => answer(() => inner.isRevoked(session)),
      },
    });
    const reported: string[] = [];
    made.app.on('session:store-error', ({ value }: SessionEvent) => reported.push((value as Error).message));
    return { ...made, reported, goDown: () => void (isDown = true) };
  }

  it('fail requests that use the session, and no others', async () => {
    const { request, goDown, errors, reported } = failing();
    await request((ctx) => (bag(ctx).a = 1));
    goDown();
    expect((await request(() => 'a page without a session')).status).toBe(200);
    expect((await request((ctx) => bag(ctx).a)).status).toBe(503);
    expect(errors).toMatchObject([
      { name: 'StoreUnavailableError', cause: { message: 'revocations are down' } },
    ]);
    expect(reported).toEqual(['revocations are down', 'revocations are down']);
  });

  it("are ignored with 'accept'", async () => {
    const { request, goDown, errors, reported } = failing('accept');
    await request((ctx) => (bag(ctx).a = 1));
    goDown();
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
    expect([errors, reported]).toEqual([[], ['revocations are down']]);
  });

  it.each(['refuse', 'accept'] as const)('fail a logout (%s)', async (what) => {
    const { request, goDown, browser } = failing(what);
    await request((ctx) => (bag(ctx).a = 1));
    goDown();
    const reply = await request((ctx) => void (ctx.session = null));
    expect([reply.status, reply.setCookie, browser.jar.cookies.size]).toEqual([503, [], 1]);
  });
});

it.each<[SessionOptions, RegExp]>([
  [{ revocations: {} as Revocations }, /option revocations\.revoke must be a function/],
  [
    { onRevocationError: 'ignore' as 'accept' },
    /onRevocationError must be 'refuse' or 'accept', got "ignore"/,
  ],
  [
    { revocations: new MemoryRevocations(), store: { get: () => 1, set: () => 1, destroy: () => 1 } },
    /option revocations is for sessions that live in the cookie/,
  ],
])('options that make no sense are refused: %o', (options, message) => {
  expect(() => setUp(options)).toThrow(message);
});

it('revocations of an app get sessions that they may copy, with their users', async () => {
  const seen: unknown[] = [];
  const revocations: Revocations = {
    revoke: (session) => void seen.push(structuredClone(session)),
    revokeUser: () => {},
    isRevoked: (session) => seen.push({ ...session }) < 0,
  };
  const { request } = inCookies({ revocations, userOf: (data) => (data as { user?: string }).user });
  await request((ctx) => (bag(ctx).user = 'ann'));
  seen.length = 0;
  await request((ctx) => bag(ctx).user);
  await request((ctx) => void (ctx.session = null));
  expect(new Set(seen.map((session) => (session as { userId?: string }).userId))).toEqual(new Set(['ann']));
  expect(seen.length).toBeGreaterThanOrEqual(3);
});
