import { describe, expect, it, vi } from 'vitest';
import { MemoryStore, type SessionOptions, userSessions } from './index.ts';
import { bag, setUp } from './testing/set-up.ts';

const userOf: SessionOptions['userOf'] = (data) => (data as { user?: string }).user;

/** A store whose reads are counted, and an app with a session in it. */
async function begun(options: SessionOptions = {}) {
  const store = new MemoryStore();
  const read = vi.spyOn(store, 'read');
  const made = setUp({ store, userOf, ...options });
  await made.request((ctx) => Object.assign(bag(ctx), { user: 'ann', n: 1 }));
  read.mockClear();
  return { ...made, store, read };
}

describe('a store in the memory of this process', () => {
  it('is not read for a request that leaves its session alone', async () => {
    const { request, read } = await begun();
    await request(() => undefined);
    await request(async () => new Promise((done) => setImmediate(done)));
    expect(read).not.toHaveBeenCalled();
  });

  it('is read once for a request that looks at its session', async () => {
    const { request, read } = await begun();
    expect((await request((ctx) => [bag(ctx).n, bag(ctx).n, ctx.sessionOptions.key])).result).toEqual([
      1,
      1,
      'koa.sess',
    ]);
    expect(read).toHaveBeenCalledTimes(1);
  });

  it.each<[string, (ctx: Parameters<typeof bag>[0]) => unknown, unknown]>([
    ['ctx.sessionOptions', (ctx) => ctx.sessionOptions.maxAge, 5000],
    ['a look at its session after null was assigned', (ctx) => ((ctx.session = null), ctx.session), null],
  ])('is read for %s', async (_what, look, expected) => {
    const { request, read } = await begun();
    await request((ctx) => (bag(ctx).maxAge = 5000));
    read.mockClear();
    expect((await request(look)).result).toEqual(expected);
    expect(read).toHaveBeenCalledTimes(1);
  });

  it('is read again for nobody once a request has failed', async () => {
    const { request, read } = await begun();
    await request(() => {
      throw new Error('on purpose');
    });
    await request((ctx) => (bag(ctx).n = 2));
    expect(read).toHaveBeenCalledTimes(1);
  });

  it.each<[string, SessionOptions]>([
    ['rolling', { rolling: true }],
    ['renew', { renew: true }],
    ['valid', { valid: () => true }],
    ["onStoreError 'cookie'", { onStoreError: 'cookie' }],
  ])('is read for every request with %s', async (_name, options) => {
    const { request, read } = await begun(options);
    await request(() => undefined);
    expect(read).toHaveBeenCalled();
  });

  it('is read before the handlers when it is wrapped to answer later', async () => {
    const store = new MemoryStore();
    const reads: string[] = [];
    const later = new Proxy(store, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]) => {
          if (name === 'read') reads.push(String(args[0]));
          return Reflect.apply(member, target, args) as unknown;
        };
      },
    });
    const { request } = setUp({ store: later });
    await request((ctx) => (bag(ctx).n = 1));
    await request(() => undefined);
    expect(reads).toHaveLength(1);
  });
});

it.each([false, true])(
  'a handler that rotates the keys has the cookie sent anew by the request after it (listeners: %j)',
  async (isHeard) => {
    const { app, request } = await begun({ encrypt: true });
    if (isHeard) app.on('session:missed', () => undefined);
    const rotated = await request(() =>
      (app.keys as string[]).unshift('a fresh key of thirty-two characters'),
    );
    expect(rotated.setCookie).toEqual([]);
    expect((await request(() => undefined)).setCookie).toHaveLength(1);
    expect((await request((ctx) => bag(ctx).n)).result).toBe(1);
  },
);

describe('a request that has not looked yet finds what was there when it came, although meanwhile another', () => {
  it.each<[string, (ctx: Parameters<typeof bag>[0]) => unknown]>([
    ['changes the session', (ctx) => (bag(ctx).n = 2)],
    ['extends it', (ctx) => (bag(ctx).maxAge = 5000)],
    ['ends it', (ctx) => (ctx.session = null)],
    ['gives it a new id', (ctx) => bag(ctx).regenerate()],
  ])('%s', async (_what, act) => {
    const { request, browser } = await begun();
    const cookie = browser.jar.header(Date.now());
    const { result } = await request(
      async (ctx) => {
        await request(act);
        return [bag(ctx).user, bag(ctx).n];
      },
      { cookie },
    );
    expect(result).toEqual(['ann', 1]);
  });
});

it('what a second set-up with the same store changes is seen by no request that came before', async () => {
  const { request, store } = await begun();
  const second = setUp({ store, userOf, valid: () => true });
  const { result } = await request(async (ctx) => {
    await second.request((other) => (bag(other).user = 'ann'));
    await second.request((other) => userSessions(other).endOthers());
    return bag(ctx).n;
  });
  expect(result).toBe(1);
  expect((await request((ctx) => bag(ctx).n)).result).toBeUndefined();
});
