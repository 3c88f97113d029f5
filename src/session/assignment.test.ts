import Koa from 'koa';
import { describe, expect, it } from 'vitest';
import session, { MemoryRevocations, MemoryStore, type SessionOptions } from './index.ts';
import { bag, base64, serve, setUp } from './testing/set-up.ts';

const MODES: [string, () => SessionOptions][] = [
  ['in the cookie', () => ({})],
  ['in a store', () => ({ store: new MemoryStore() })],
];

describe.each(MODES)('ctx.session %s', (_mode, options) => {
  it('set to an object becomes a session with its data', async () => {
    const { request } = setUp(options());
    const data = { a: 1 };
    const reply = await request((ctx) => {
      ctx.session = data;
      bag(ctx).b = 2;
      return [bag(ctx).a, bag(ctx).isNew, bag(ctx).length, data];
    });
    expect(reply.result).toEqual([1, false, 2, { a: 1 }]);
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ a: 1, b: 2 });
  });

  it('set to an object replaces what was there', async () => {
    const { request } = setUp(options());
    await request((ctx) => (bag(ctx).a = 1));
    await request((ctx) => void (ctx.session = { b: 2 }));
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ b: 2 });
  });

  it('set to another session takes its data', async () => {
    const { request } = setUp(options());
    await request((ctx) => (bag(ctx).a = 1));
    await request((ctx) => {
      const held = bag(ctx);
      ctx.session = null;
      ctx.session = held;
    });
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ a: 1 });
  });

  it('set to an object with maxAge gets that maxAge', async () => {
    const { request } = setUp({ ...options(), now: () => 0 });
    const reply = await request((ctx) => void (ctx.session = { a: 1, maxAge: 5000 }));
    expect(reply.cookie()?.attributes.expires).toBe(new Date(5000).toUTCString());
    expect((await request((ctx) => [{ ...bag(ctx) }, bag(ctx).maxAge])).result).toEqual([{ a: 1 }, 5000]);
  });

  it('set to {} removes what was there', async () => {
    const { request, browser } = setUp(options());
    await request((ctx) => (bag(ctx).a = 1));
    expect((await request((ctx) => void (ctx.session = {}))).cookie()?.value).toBe('');
    expect(browser.jar.cookies.size).toBe(0);
  });

  it('set to null is null from then on and removed at the end', async () => {
    const { request, browser } = setUp(options());
    await request((ctx) => (bag(ctx).a = 1));
    const reply = await request((ctx) => {
      ctx.session = null;
      return ctx.session;
    });
    expect(reply.result).toBeNull();
    expect(reply.cookie()).toMatchObject({ value: '', attributes: { expires: new Date(0).toUTCString() } });
    expect(reply.cookie('koa.sess.sig')?.attributes.expires).toBe(new Date(0).toUTCString());
    expect(browser.jar.cookies.size).toBe(0);
  });

  it('set to null and then to an object is another session', async () => {
    const { request } = setUp(options());
    await request((ctx) => (bag(ctx).a = 1));
    await request((ctx) => {
      ctx.session = null;
      ctx.session = { b: 2 };
    });
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ b: 2 });
  });

  it.each([['text'], [5], [true], [undefined], [Symbol.iterator], [() => 1]])(
    'set to %o throws, and the session stays as it was',
    async (value) => {
      const { errors, request } = setUp(options());
      await request((ctx) => (bag(ctx).a = 1));
      const reply = await request((ctx) => {
        expect(() => void (ctx.session = value as never)).toThrow(
          new TypeError(`ctx.session can be set to an object or to null, got ${typeof value}`),
        );
        return bag(ctx).a;
      });
      expect(errors).toEqual([]);
      expect(reply.result).toBe(1);
    },
  );

  it('set to an object with a reserved key throws, and the response still has Vary: Cookie', async () => {
    const { request } = setUp(options());
    const reply = await request((ctx) => {
      expect(() => void (ctx.session = { save: 1 })).toThrow(/'save' cannot be a key of the data/);
    });
    expect([reply.status, reply.headers.vary]).toEqual([200, 'Cookie']);
  });
});

it('an object set after null says when it began and ends once it is saved', async () => {
  const now = 1_900_000_000_000;
  const { request } = setUp({ store: new MemoryStore(), maxAge: 5000, now: () => now });
  await request((ctx) => (bag(ctx).a = 1));
  const { result } = await request(async (ctx) => {
    ctx.session = null;
    ctx.session = { a: 2 };
    const unsaved = bag(ctx).createdAt;
    await bag(ctx).save();
    return [unsaved, bag(ctx).createdAt, bag(ctx).expiresAt];
  });
  expect(result).toEqual([undefined, now, now + 5000]);
});

/** The responses to two requests that set {}: one whose handler has read the session before, and one that has not. */
async function answersToEmpty(request: ReturnType<typeof setUp>['request'], cookie: string) {
  const answers: unknown[] = [];
  for (const looks of [true, false]) {
    const reply = await request(
      (ctx) => {
        if (looks) void ctx.session;
        ctx.session = {};
      },
      { cookie },
    );
    answers.push([reply.status, reply.cookie()?.value]);
  }
  return answers;
}

describe('ctx.session = {} over a cookie that opens no session clears the cookie', () => {
  const HOUR = 3_600_000;

  it.each<[string, SessionOptions]>([
    ['that has expired', {}],
    ['that has expired, known before the handlers run', { absoluteMaxAge: 9 * HOUR }],
    ['that was refused by valid', { valid: () => false }],
  ])('%s', async (_which, options) => {
    let time = Date.now();
    const { request } = setUp({ ...options, maxAge: HOUR, now: () => time });
    const made = await request((ctx) => (bag(ctx).a = 1));
    const cookie = made.setCookie.map(({ name, value }) => `${name}=${value}`).join('; ');
    if (!options.valid) time += HOUR + 1;
    expect(await answersToEmpty(request, cookie)).toEqual([
      [200, ''],
      [200, ''],
    ]);
  });

  it.each<[string, string]>([
    ['that holds no record', base64([1])],
    ['that holds nothing', base64(null)],
    ['that cannot be decoded', 'nonsense'],
  ])('%s', async (_which, value) => {
    const { request } = setUp({ signed: false });
    const cookie = `koa.sess=${value}`;
    expect(await answersToEmpty(request, cookie)).toEqual([
      [200, ''],
      [200, ''],
    ]);
  });
});

it.each<[string, () => SessionOptions]>([
  ['in a store', () => ({ store: new MemoryStore() })],
  ['in the cookie', () => ({})],
  ['in the cookie, with an id', () => ({ encrypt: true, revocations: new MemoryRevocations() })],
])('set to null and then to {}, a session %s ends and its cookie goes', async (_mode, options) => {
  const { request, browser } = setUp(options());
  await request((ctx) => (bag(ctx).a = 1));
  const reply = await request((ctx) => {
    ctx.session = null;
    ctx.session = {};
  });
  expect([reply.cookie()?.value, browser.jar.cookies.size]).toEqual(['', 0]);
  expect((await request((ctx) => bag(ctx).isNew)).result).toBe(true);
});

it('set to null and then to {}, a cookie whose id the store no longer knows is cleared', async () => {
  const store = new MemoryStore();
  const { request, browser } = setUp({ store });
  const made = await request((ctx) => (bag(ctx).a = 1));
  store.destroy(String(made.cookie()?.value));
  await request((ctx) => {
    ctx.session = null;
    ctx.session = {};
  });
  expect(browser.jar.cookies.size).toBe(0);
});

describe('the old record in a store', () => {
  it.each<[string, (value: object | null) => object | null]>([
    ['null', () => null],
    ['{}', () => ({})],
  ])('is gone after the session was set to %s', async (_name, value) => {
    const store = new MemoryStore();
    const { request } = setUp({ store });
    const id = (await request((ctx) => (bag(ctx).a = 1))).cookie()?.value ?? '';
    expect(store.get(id)).toBeDefined();
    await request((ctx) => void (ctx.session = value(null)));
    expect(store.get(id)).toBeUndefined();
    expect(store.size).toBe(0);
  });

  it('keeps its id when the session is set to an object', async () => {
    const { request } = setUp({ store: new MemoryStore() });
    const id = (await request((ctx) => (bag(ctx).a = 1))).cookie()?.value;
    expect((await request((ctx) => void (ctx.session = { b: 2 }))).cookie()?.value).toBe(id);
  });
});

describe('outside the middleware', () => {
  it('ctx.session and ctx.sessionOptions can be read before it, and a session set in cookie mode stays', async () => {
    const app = new Koa();
    app.keys = ['key'];
    app.use(async (ctx, next) => {
      expect(ctx.session.isNew).toBe(true);
      expect(ctx.sessionOptions.key).toBe('sid');
      bag(ctx).early = 1;
      await next();
    });
    app.use(session({ key: 'sid' }, app));
    const { request } = serve(app);
    const reply = await request((ctx) => bag(ctx).early);
    expect(reply.result).toBe(1);
    expect(reply.cookie('sid')).toBeDefined();
  });

  it('ctx.session can be read after it', async () => {
    const app = new Koa();
    app.keys = ['key'];
    let after: unknown;
    app.use(async (ctx, next) => {
      await next();
      after = bag(ctx).a;
    });
    app.use(session({}, app));
    await serve(app).request((ctx) => (bag(ctx).a = 1));
    expect(after).toBe(1);
  });

  it('with a store, ctx.session is empty before it, and the stored one inside', async () => {
    const app = new Koa();
    app.keys = ['key'];
    const early: unknown[] = [];
    app.use(async (ctx, next) => {
      early.push(bag(ctx).a);
      await next();
    });
    app.use(session({ store: new MemoryStore() }, app));
    const { request } = serve(app);
    await request((ctx) => (bag(ctx).a = 1));
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
    expect(early).toEqual([undefined, undefined]);
  });
});
