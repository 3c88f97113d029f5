import type { Context } from 'koa';
import { describe, expect, it } from 'vitest';
import { MemoryStore, type SessionEvent, type SessionOptions, sessionPlace } from '../index.ts';
import { bag, setUp } from '../testing/set-up.ts';
import { dataOf, HOUR, type Outage, withOutage } from '../testing/with-outage.ts';

describe.each<[string, SessionOptions]>([
  ['a sealed id', { encrypt: true }],
  ['a signed id', { encrypt: false }],
  ['an id that is neither signed nor sealed', { encrypt: false, signed: false }],
])('an outage of the store, with %s in the cookie,', (_name, options) => {
  it('loses neither the session nor what is written during it', async () => {
    const app = withOutage(options);
    await app.request((ctx) => Object.assign(bag(ctx), { user: 'ann', theme: 'light', old: 1 }));
    app.let('all');
    const during = await app.request((ctx) => {
      const before = bag(ctx).toJSON();
      Object.assign(bag(ctx), { theme: 'dark', cart: [1] });
      return before;
    });
    expect([during.status, during.result]).toEqual([200, {}]);
    expect(await dataOf(app)).toEqual({ theme: 'dark', cart: [1] });
    await app.request((ctx) => (bag(ctx).cart as number[]).push(2));
    app.let('nothing');
    const all = { user: 'ann', theme: 'dark', old: 1, cart: [1, 2] };
    expect(await dataOf(app)).toEqual(all);
    expect(app.memory.listByUser('ann')).toMatchObject([{ data: JSON.stringify(all) }]);
    expect(app.errors).toEqual([]);
  });

  it('lets a new visitor have a session, which the store takes over', async () => {
    const app = withOutage(options);
    app.let('all');
    await app.request((ctx) => (bag(ctx).n = 1));
    await app.request((ctx) => (bag(ctx).n = 2));
    expect(await dataOf(app)).toEqual({ n: 2 });
    app.let('nothing');
    expect(await dataOf(app)).toEqual({ n: 2 });
    await app.request((ctx) => (bag(ctx).m = 3));
    expect(await dataOf(app)).toEqual({ n: 2, m: 3 });
  });

  it('does not affect a request that does not touch the session', async () => {
    const app = withOutage({ ...options, rolling: true });
    await app.request((ctx) => (bag(ctx).n = 1));
    app.let('all');
    const reply = await app.request(() => 'page');
    expect([reply.status, reply.result, reply.setCookie]).toEqual([200, 'page', []]);
    app.let('nothing');
    expect(await dataOf(app)).toEqual({ n: 1 });
  });
});

/** An outage with a session that fills its cookie: an end one millisecond later does not fit any more. */
async function withFullCookie(): Promise<Outage> {
  // A millisecond later the end of the session has one digit more.
  let time = 10 ** 13 - HOUR - 1;
  const app = withOutage({ rolling: true, now: () => time });
  app.let('all');
  let size = 2900;
  while ((await app.request((ctx) => (bag(ctx).text = 'x'.repeat(size)))).status !== 200) size -= 1;
  app.errors.length = 0;
  time += 1;
  return app;
}

describe('during an outage', () => {
  it.each<[string, (session: ReturnType<typeof bag>) => unknown]>([
    ['save()', (session) => session.save()],
    ['update()', (session) => session.update((data) => Object.assign(data, { m: 2 }))],
    ['manuallyCommit()', (session) => session.manuallyCommit()],
  ])('%s succeeds once the session is sealed into the cookie', async (_name, act) => {
    const app = withOutage();
    await app.request((ctx) => (bag(ctx).n = 1));
    app.let('all');
    const reply = await app.request(async (ctx) => {
      bag(ctx).m = 2;
      await act(bag(ctx));
    });
    expect([reply.status, app.errors]).toEqual([200, []]);
    expect(await dataOf(app)).toEqual({ m: 2 });
    app.let('nothing');
    expect(await dataOf(app)).toEqual({ n: 1, m: 2 });
  });

  it.each<[string, (ctx: Context) => unknown, RegExp]>([
    ['a logout', (ctx) => void (ctx.session = null), /You are still logged in.*could not end your session/],
    [
      'a new session that replaces the old one',
      (ctx) => {
        ctx.session = null;
        ctx.session = { m: 2 };
      },
      /still logged in/,
    ],
    ['a regenerate()', (ctx) => bag(ctx).regenerate(), /Your session was not changed/],
    ['a login without regenerate()', (ctx) => (bag(ctx).user = 'bob'), /Login is unavailable/],
  ])('%s is refused with 503, and changes nothing', async (_name, act, message) => {
    const app = withOutage();
    await app.request((ctx) => Object.assign(bag(ctx), { user: 'ann', n: 1 }));
    for (const before of [() => undefined, (ctx: Context) => (bag(ctx).cart = 1)]) {
      app.let('all');
      await app.request(before);
      const reply = await app.request(act);
      expect([reply.status, reply.headers['retry-after'], reply.setCookie]).toEqual([503, '30', []]);
      expect(reply.body.replaceAll('\n', ' ')).toMatch(message);
      app.let('nothing');
      expect(await dataOf(app)).toMatchObject({ user: 'ann', n: 1 });
    }
  });

  it.each(['all', 'writes'] as const)('a logout that begins before it is refused, too: %s', async (what) => {
    const app = withOutage();
    await app.request((ctx) => (bag(ctx).user = 'ann'));
    const reply = await app.request((ctx) => {
      app.let(what);
      ctx.session = null;
    });
    expect([reply.status, reply.setCookie]).toEqual([503, []]);
    app.let('nothing');
    expect(await dataOf(app)).toEqual({ user: 'ann' });
    expect((await app.request((ctx) => void (ctx.session = null))).status).toBe(200);
    expect(app.memory.size).toBe(0);
  });

  it('a login that begins before it is refused, and the session keeps its id', async () => {
    const app = withOutage();
    await app.request((ctx) => (bag(ctx).n = 1));
    const reply = await app.request(async (ctx) => {
      app.let('all');
      bag(ctx).user = 'ann';
      await bag(ctx).regenerate();
    });
    expect([reply.status, reply.setCookie]).toEqual([503, []]);
    app.let('nothing');
    expect(await dataOf(app)).toEqual({ n: 1 });
  });

  it('a regenerate() that begins before it is refused, also without a login', async () => {
    const app = withOutage();
    await app.request((ctx) => (bag(ctx).n = 1));
    const reply = await app.request(async (ctx) => {
      app.let('all');
      await bag(ctx).regenerate();
    });
    expect([reply.status, reply.setCookie]).toEqual([503, []]);
    app.let('nothing');
    expect(await dataOf(app)).toEqual({ n: 1 });
  });

  it('what is written by a request that began before it is not lost', async () => {
    const app = withOutage();
    await app.request((ctx) => Object.assign(bag(ctx), { user: 'ann', n: 1, old: 1 }));
    await app.request((ctx) => {
      app.let('all');
      bag(ctx).n = 2;
      delete bag(ctx).old;
    });
    // What the cookie does not hold is in the store.
    expect(await dataOf(app)).toEqual({ n: 2 });
    app.let('nothing');
    expect(await dataOf(app)).toEqual({ user: 'ann', n: 2 });
  });

  it('in which only writes fail, the session stays whole', async () => {
    const app = withOutage();
    await app.request((ctx) => Object.assign(bag(ctx), { user: 'ann', n: 1, old: 1 }));
    app.let('writes');
    await app.request((ctx) => (bag(ctx).n = 2));
    expect(await dataOf(app)).toEqual({ user: 'ann', n: 2, old: 1 });
    await app.request((ctx) => {
      bag(ctx).m = 3;
      delete bag(ctx).old;
    });
    expect(await dataOf(app)).toEqual({ user: 'ann', n: 2, m: 3 });
    app.let('nothing');
    expect(await dataOf(app)).toEqual({ user: 'ann', n: 2, m: 3 });
    expect(app.memory.listByUser('ann')).toHaveLength(1);
  });

  it('keys that are removed stay removed', async () => {
    const app = withOutage();
    await app.request((ctx) => Object.assign(bag(ctx), { a: 1, b: 1 }));
    app.let('all');
    await app.request((ctx) => Object.assign(bag(ctx), { a: 2, c: 2 }));
    await app.request((ctx) => void delete bag(ctx).a);
    await app.request((ctx) => (bag(ctx).d = 3));
    app.let('nothing');
    expect(await dataOf(app)).toEqual({ b: 1, c: 2, d: 3 });
  });

  it('a session that is emptied is not ended', async () => {
    const app = withOutage();
    await app.request((ctx) => Object.assign(bag(ctx), { user: 'ann', a: 1 }));
    app.let('all');
    await app.request((ctx) => (bag(ctx).a = 2));
    expect((await app.request((ctx) => void delete bag(ctx).a)).status).toBe(200);
    app.let('nothing');
    expect(await dataOf(app)).toEqual({ user: 'ann' });
  });

  it('a session that is set to an object has only the data of that object afterwards', async () => {
    const app = withOutage();
    await app.request((ctx) => Object.assign(bag(ctx), { secret: 1, n: 1 }));
    app.let('all');
    await app.request((ctx) => void (ctx.session = { n: 2 }));
    await app.request((ctx) => (bag(ctx).m = 3));
    app.let('nothing');
    expect(await dataOf(app)).toEqual({ n: 2, m: 3 });
  });

  it.each<[string, (ctx: Context) => unknown]>([
    ['save()', (ctx) => bag(ctx).save()],
    ['maxAge', (ctx) => (bag(ctx).maxAge = 2 * HOUR)],
  ])('an unread session that is set to {} and kept by %s is sealed into the cookie', async (_how, keep) => {
    const app = withOutage();
    await app.request((ctx) => (bag(ctx).n = 1));
    app.let('all');
    const reply = await app.request((ctx) => {
      ctx.session = {};
      return keep(ctx);
    });
    expect([reply.status, app.errors]).toEqual([200, []]);
    expect(reply.cookie()?.value).toBeTruthy();
    await app.request((ctx) => (bag(ctx).m = 2));
    app.let('nothing');
    expect(await dataOf(app)).toEqual({ m: 2 });
  });

  describe('a session whose longer life does not fit into the cookie', () => {
    it.each<[string, (ctx: Context) => unknown]>([
      ['leaves it alone', () => undefined],
      ['reads it', (ctx) => bag(ctx).text],
      ['commits it', (ctx) => bag(ctx).manuallyCommit()],
    ])('fails no request that only %s', async (_what, act) => {
      const app = await withFullCookie();
      const rejected: unknown[] = [];
      app.app.on('session:rejected', ({ value }: SessionEvent) => rejected.push(value));
      const reply = await app.request(act);
      expect([reply.status, reply.setCookie, app.errors]).toEqual([200, [], []]);
      expect(rejected.at(0)).toMatchObject({ name: 'CookieTooLargeError' });
    });

    it.each<[string, (ctx: Context) => unknown]>([
      ['save()', (ctx) => bag(ctx).save()],
      ['a new maxAge', (ctx) => (bag(ctx).maxAge = HOUR)],
    ])('fails a request that asks for %s', async (_what, act) => {
      const app = await withFullCookie();
      const reply = await app.request(act);
      expect([reply.status, reply.setCookie]).toEqual([500, []]);
      expect(app.errors.at(0)).toMatchObject({ name: 'CookieTooLargeError' });
    });

    it('can be saved when it has become smaller', async () => {
      const app = await withFullCookie();
      const reply = await app.request(async (ctx) => {
        const failure: unknown = await bag(ctx)
          .save()
          .catch((error: unknown) => error);
        bag(ctx).text = 'short';
        return failure;
      });
      expect([reply.status, reply.result]).toEqual([
        200,
        expect.objectContaining({ name: 'CookieTooLargeError' }),
      ]);
      expect(await dataOf(app)).toEqual({ text: 'short' });
    });
  });

  it('data that is too large for a cookie is refused with an error', async () => {
    const app = withOutage();
    await app.request((ctx) => (bag(ctx).n = 1));
    app.let('all');
    const reply = await app.request((ctx) => (bag(ctx).text = 'x'.repeat(5000)));
    expect([reply.status, reply.setCookie]).toEqual([500, []]);
    expect(app.errors).toMatchObject([{ name: 'CookieTooLargeError' }]);
    app.let('nothing');
    expect(await dataOf(app)).toEqual({ n: 1 });
  });

  it('sessionPlace() says where the session is', async () => {
    const app = withOutage();
    const places: unknown[] = [];
    const look = async () => places.push((await app.request((ctx) => sessionPlace(ctx))).result);
    await app.request((ctx) => (bag(ctx).n = 1));
    await look();
    app.let('all');
    await look();
    await app.request((ctx) => (bag(ctx).n = 2));
    await look();
    app.let('nothing');
    await look();
    expect(places).toEqual(['store', 'outage', 'outage', 'store']);
  });

  it('each request extends the session, which expires without requests', async () => {
    const app = withOutage({ rolling: true });
    app.let('all');
    await app.request((ctx) => (bag(ctx).n = 1));
    for (let nth = 0; nth < 3; nth += 1) {
      app.advance(HOUR / 2);
      expect(await dataOf(app)).toEqual({ n: 1 });
    }
    app.advance(HOUR + 1);
    expect(await dataOf(app)).toEqual({});
  });
});

describe("the option onStoreError: 'cookie'", () => {
  it('is refused where there is no store, or no cookie', () => {
    expect(() => setUp({ onStoreError: 'cookie' })).toThrow(/needs a store: set the option store/);
    expect(() =>
      setUp({
        onStoreError: 'cookie',
        store: new MemoryStore(),
        externalKey: { get: () => '', set: () => undefined },
      }),
    ).toThrow(/needs a cookie/);
    expect(() => setUp({ onStoreError: 'retry' as 'throw' })).toThrow(/'throw' or 'cookie', got "retry"/);
  });

  it('needs keys, also when the id is neither signed nor sealed', async () => {
    const { request, app, errors } = setUp({
      onStoreError: 'cookie',
      store: new MemoryStore(),
      signed: false,
    });
    app.keys = [];
    expect((await request()).status).toBe(500);
    expect(errors[0]?.message).toMatch(/there are no keys/);
  });
});
