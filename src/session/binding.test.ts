import Keygrip from 'keygrip';
import Koa, { type Context } from 'koa';
import { describe, expect, it, vi } from 'vitest';
import session, { MemoryStore, type SessionOptions } from './index.ts';
import { mount } from './testing/parity/set-up-defects.ts';
import { RecordingStore } from './testing/recording-store.ts';
import { bag, serve, setUp } from './testing/set-up.ts';

function makeApp(): Koa {
  const app = new Koa();
  app.keys = ['key'];
  app.silent = true;
  return app;
}

function names(cookies: { name: string }[]): string[] {
  return cookies.map(({ name }) => name).filter((name) => !name.endsWith('.sig'));
}

describe('two sessions with their own key and property on one app', () => {
  it('keep their data apart', async () => {
    const app = makeApp();
    app.use(session({ key: 'user' }, app));
    app.use(session({ key: 'cart', property: 'cart', store: new MemoryStore() }, app));
    const { request } = serve(app);
    const reply = await request((ctx) => {
      bag(ctx).name = 'ann';
      bag(ctx, 'cart').items = [1];
      return [ctx.sessionOptions.key, (ctx as never as { cartOptions: { key: string } }).cartOptions.key];
    });
    expect(reply.result).toEqual(['user', 'cart']);
    expect(names(reply.setCookie)).toEqual(['cart', 'user']);
    const read = await request((ctx) => [{ ...bag(ctx) }, { ...bag(ctx, 'cart') }]);
    expect(read.result).toEqual([{ name: 'ann' }, { items: [1] }]);
    expect(read.setCookie).toEqual([]);
  });

  it('end each on its own', async () => {
    const app = makeApp();
    app.use(session({ key: 'user' }, app));
    app.use(session({ key: 'cart', property: 'cart' }, app));
    const { request, browser } = serve(app);
    await request((ctx) => {
      bag(ctx).name = 'ann';
      bag(ctx, 'cart').items = [1];
    });
    await request((ctx) => void (ctx.session = null));
    expect([...browser.jar.cookies.keys()]).toEqual(['cart', 'cart.sig']);
  });

  it('both keep their cookies when a handler throws', async () => {
    const app = makeApp();
    app.use(session({ key: 'user' }, app));
    app.use(session({ key: 'cart', property: 'cart' }, app));
    const { request } = serve(app);
    const reply = await request((ctx) => {
      bag(ctx).name = 'ann';
      bag(ctx, 'cart').items = [1];
      ctx.throw(400);
    });
    expect([reply.status, names(reply.setCookie)]).toEqual([400, ['cart', 'user']]);
  });
});

const NOW = 1_900_000_000_000;

it('two sessions pass their own maxAge and rolling to one store', async () => {
  const app = makeApp();
  const store = new RecordingStore(true);
  app.use(session({ key: 'user', store, now: () => NOW, maxAge: 5000, rolling: true, prefix: 'user-' }, app));
  app.use(
    session({ key: 'cart', store, now: () => NOW, maxAge: 9000, property: 'cart', prefix: 'cart-' }, app),
  );
  const { request } = serve(app);
  await request((ctx) => {
    bag(ctx).name = 'ann';
    bag(ctx, 'cart').items = [1];
  });
  await request((ctx) => bag(ctx, 'cart').items);
  const told = store.calls.map(({ method, id, maxAge, rolling }) => [
    method,
    id.slice(0, 4),
    maxAge,
    rolling,
  ]);
  expect(told.filter(([, id]) => id === 'user')).toEqual([
    ['set', 'user', 15_000, true],
    ['get', 'user', 5000, true],
    ['get', 'user', 5000, true],
    ['set', 'user', 15_000, true],
  ]);
  expect(told.filter(([, id]) => id === 'cart')).toEqual([
    ['set', 'cart', 19_000, false],
    ['get', 'cart', 9000, false],
  ]);
});

describe('two sessions with one property and different keys', () => {
  it('are visible one inside, the other afterwards', async () => {
    const app = makeApp();
    const seen: unknown[] = [];
    app.use(session({ key: 'outer' }, app));
    app.use(async (ctx, next) => {
      bag(ctx).which = 'outer';
      await next();
      seen.push(bag(ctx).which, ctx.sessionOptions.key);
    });
    app.use(session({ key: 'inner' }, app));
    const { request } = serve(app);
    const reply = await request((ctx) => {
      seen.push(bag(ctx).which, ctx.sessionOptions.key);
      bag(ctx).which = 'inner';
    });
    expect(seen).toEqual([undefined, 'inner', 'outer', 'outer']);
    expect(names(reply.setCookie)).toEqual(['inner', 'outer']);
  });

  it('restore the outer one when a handler throws', async () => {
    const app = makeApp();
    app.use(session({ key: 'outer' }, app));
    app.use(async (ctx, next) => {
      bag(ctx).which = 'outer';
      try {
        await next();
      } catch {
        ctx.body = bag(ctx).which;
      }
    });
    app.use(session({ key: 'inner' }, app));
    const { request } = serve(app);
    const reply = await request(() => {
      throw new Error('broken');
    });
    expect(reply.body).toBe('outer');
  });
});

/** The warnings that the process shows meanwhile. */
async function warningsOf(work: () => unknown): Promise<string[]> {
  const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  try {
    await work();
    return emitWarning.mock.calls.map(([warning]) => String(warning));
  } finally {
    emitWarning.mockRestore();
  }
}

describe('a sub-app with a session, mounted in an app', () => {
  it('without one works, its parent included', async () => {
    const sub = new Koa();
    sub.use(session({ key: 'sub' }, sub));
    const app = makeApp();
    app.use(mount(sub));
    const { request } = serve(app);
    const counting = () => request((ctx) => (bag(ctx).views = Number(bag(ctx).views ?? 0) + 1));
    expect([(await counting()).result, (await counting()).result]).toEqual([1, 2]);
  });

  it('with another one has its own inside', async () => {
    const sub = new Koa();
    sub.use(session({ key: 'sub', store: new MemoryStore() }, sub));
    const app = makeApp();
    let outside: unknown;
    app.use(session({ key: 'parent' }, app));
    app.use(async (ctx, next) => {
      bag(ctx).a = 'parent';
      await next();
      outside = bag(ctx).a;
    });
    app.use(mount(sub));
    const { request } = serve(app);
    await request((ctx) => (bag(ctx).a = 'sub'));
    expect((await request((ctx) => bag(ctx).a)).result).toBe('sub');
    expect(outside).toBe('parent');
  });

  it('with the same options shares the session', async () => {
    const sub = new Koa();
    sub.use(session({}, sub));
    const app = makeApp();
    app.use(session({}, app));
    app.use(async (ctx, next) => {
      bag(ctx).a = 'parent';
      await next();
    });
    app.use(mount(sub));
    const { request } = serve(app);
    expect((await request((ctx) => bag(ctx).a)).result).toBe('parent');
  });

  it('with the same key but other options shares the session too, and the process warns once', async () => {
    const sub = new Koa();
    sub.use(session({ key: 'shared', rolling: true }, sub));
    const app = makeApp();
    app.use(session({ key: 'shared' }, app));
    app.use(async (ctx, next) => {
      bag(ctx).a = 'parent';
      await next();
    });
    app.use(mount(sub));
    const { request } = serve(app);
    const warned = await warningsOf(async () => {
      await request();
      const reply = await request((ctx) => bag(ctx).a);
      expect([reply.status, reply.result, reply.setCookie]).toEqual([200, 'parent', []]);
    });
    expect(warned).toEqual([expect.stringContaining("the cookie 'shared' with different options (rolling)")]);
  });

  it.each(['sub', 'parent'])(
    'with the same key but other options fails if the %s is strict',
    async (which) => {
      const sub = new Koa();
      sub.use(session({ rolling: true, strict: which === 'sub' }, sub));
      const app = makeApp();
      const errors: Error[] = [];
      app.on('error', (error: Error) => errors.push(error));
      app.use(session({ strict: which === 'parent' }, app));
      app.use(mount(sub));
      const { request } = serve(app);
      expect((await request()).status).toBe(500);
      expect(errors[0]?.message).toContain("the cookie 'koa.sess' with different options (rolling)");
    },
  );

  it.each<[string, SessionOptions]>([
    ['signed', {}],
    ['sealed', { encrypt: true }],
    ['in a store', { store: new MemoryStore() }],
  ])('signs and seals by its own keys, not by those of the parent: %s', async (_how, options) => {
    const sub = new Koa();
    sub.keys = ['of the mounted app'];
    sub.use(session(options, sub));
    const app = makeApp();
    app.use(mount(sub));
    const { request, browser } = serve(app);
    await request((ctx) => (bag(ctx).a = 1));
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);

    app.keys = ['another key of the parent'];
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
    sub.keys = ['a newer one', 'of the mounted app'];
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
    const cookie = browser.jar.header(Date.now());
    sub.keys = ['foreign'];
    expect((await request((ctx) => bag(ctx).a, { cookie })).result).toBeUndefined();
  });

  it.each<[string, Koa['keys']]>([
    ['a Keygrip', new Keygrip(['of the mounted app'], 'sha256')],
    ['Buffers', [Buffer.from('of the mounted app')] as unknown as string[]],
  ])('signs by its own keys when these are %s', async (_what, keys) => {
    const sub = new Koa();
    sub.keys = keys;
    sub.use(session({}, sub));
    const app = makeApp();
    app.use(mount(sub));
    const { request } = serve(app);
    await request((ctx) => (bag(ctx).a = 1));
    app.keys = ['another key of the parent'];
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
  });

  it('needs no keys of its parent, and uses these if it has no keys', async () => {
    const sub = new Koa();
    sub.use(session({}, sub));
    const app = makeApp();
    app.use(mount(sub));
    const { request } = serve(app);
    await request((ctx) => (bag(ctx).a = 1));
    expect((await request((ctx) => bag(ctx).a)).result).toBe(1);

    app.keys = undefined as unknown as string[];
    sub.keys = ['its own'];
    expect((await request((ctx) => (bag(ctx).a = 2))).status).toBe(200);
    expect((await request((ctx) => bag(ctx).a)).result).toBe(2);
  });
});

describe('one key twice on one app', () => {
  it.each(['first', 'second'])('with other options is refused at set-up if the %s is strict', (which) => {
    const app = makeApp();
    session({ maxAge: 1000, strict: which === 'first' }, app);
    expect(() => session({ maxAge: 2000, property: 'other', strict: which === 'second' }, app)).toThrow(
      "two sessions use the cookie 'koa.sess' with different options (property, maxAge). Give one of them another `key`",
    );
  });

  it('with other options, as a plug-in sets them: the app starts, and a warning names them', async () => {
    const warned = await warningsOf(() => {
      const app = makeApp();
      session({ key: 'admin', maxAge: 1000 }, app);
      session({ key: 'admin', maxAge: 2000, renew: true }, app);
      session({ key: 'admin', maxAge: 2000, renew: true }, app);
    });
    expect(warned).toEqual([
      expect.stringMatching(/two sessions use the cookie 'admin' with different options \(renew, maxAge\)/),
    ]);
  });

  it.each<[string, SessionOptions, SessionOptions]>([
    ['of one property', { key: 'k1' }, { key: 'k1', rolling: true }],
    ['of two properties', { key: 'k2' }, { key: 'k2', rolling: true, property: 'other' }],
    ['of two stores', { key: 'k3', store: new MemoryStore() }, { key: 'k3', store: new MemoryStore() }],
  ])('with other options %s, the outer session is the inner one too', async (_what, first, second) => {
    await warningsOf(async () => {
      for (const [outer, inner] of [
        [first, second],
        [second, first],
      ] as const) {
        const app = makeApp();
        app.use(session(outer, app));
        app.use(async (ctx, next) => {
          bag(ctx, outer.property ?? 'session').a = 1;
          await next();
          bag(ctx, outer.property ?? 'session').c = 3;
        });
        app.use(session(inner, app));
        const { request } = serve(app);
        const write = await request((ctx) => (bag(ctx, inner.property ?? 'session').b = 2));
        expect(write.setCookie).toHaveLength(2);
        const read = await request((ctx) => bag(ctx, inner.property ?? 'session').toJSON());
        expect(read.result).toEqual({ a: 1, b: 2, c: 3 });
      }
    });
  });

  it('with the same options is one session', async () => {
    const app = makeApp();
    const options = { store: new MemoryStore() };
    app.use(session(options, app));
    app.use(session(options, app));
    const { request } = serve(app);
    const reply = await request((ctx) => (bag(ctx).a = 1));
    expect([reply.status, options.store.size]).toEqual([200, 1]);
  });

  it('without options is one session', async () => {
    const app = makeApp();
    app.use(session({}, app));
    app.use(session({}, app));
    const { request } = serve(app);
    expect((await request((ctx) => (bag(ctx).a = 1))).setCookie).toHaveLength(2);
  });

  it('on two apps is two sessions', () => {
    session({ maxAge: 1000 }, makeApp());
    expect(() => session({ maxAge: 2000 }, makeApp())).not.toThrow();
  });
});

describe('app.context.session can be replaced in a test', () => {
  it.each<[string, (app: Koa, value: object) => void]>([
    ['assignment', (app, value) => void (app.context.session = value)],
    ['defineProperty', (app, value) => void Object.defineProperty(app.context, 'session', { value })],
    ['a getter', (app, value) => void Object.defineProperty(app.context, 'session', { get: () => value })],
  ])('by %s', async (_how, replace) => {
    const app = makeApp();
    app.use(session({}, app));
    replace(app, { user: 'mocked' });
    const { request } = serve(app);
    const reply = await request((ctx) => bag(ctx).user);
    expect([reply.status, reply.result, reply.setCookie]).toEqual([200, 'mocked', []]);
  });

  it('which does not change the app of another test', async () => {
    const app = makeApp();
    app.use(session({}, app));
    app.context.session = { user: 'mocked' };
    const other = makeApp();
    other.use(session({}, other));
    expect((await serve(other).request((ctx) => bag(ctx).user)).result).toBeUndefined();
  });
});

it('ctx.sessionOptions is a copy: a handler changes it for its request alone', async () => {
  const app = makeApp();
  app.use(session({ maxAge: 1000, now: () => 0 }, app));
  const { request } = serve(app, () => 0);
  const changed = await request((ctx) => {
    bag(ctx).a = 1;
    ctx.sessionOptions.maxAge = 60_000;
  });
  expect(changed.cookie()?.attributes.expires).toBe(new Date(60_000).toUTCString());
  const other = await request((ctx) => ctx.sessionOptions.maxAge, { cookie: 'none=1' });
  expect(other.result).toBe(1000);
});

describe('a handler that reads ctx.sessionOptions', () => {
  it('has one ContextStore for its request, and cannot set another store', async () => {
    const memory = new MemoryStore();
    const other = new RecordingStore(false);
    let made = 0;
    class ContextStore extends MemoryStore {
      constructor() {
        super();
        made += 1;
        return memory;
      }
    }
    const { request } = setUp({ ContextStore });
    const read = async (ctx: Context): Promise<void> => {
      bag(ctx).a = 1;
      ctx.sessionOptions.store = other;
      await bag(ctx).save();
      void ctx.sessionOptions.key;
      bag(ctx).a = 2;
    };
    await request(read);
    expect([made, memory.size, other.calls]).toEqual([1, 1, []]);
    await request(read);
    expect([made, memory.size, other.calls]).toEqual([2, 1, []]);
  });

  it('uses the store of the set-up, even if it sets another', async () => {
    const store = new RecordingStore(true);
    const other = new RecordingStore(true);
    const { request } = setUp({ store });
    for (const value of [1, 2]) {
      await request((ctx) => {
        ctx.sessionOptions.store = other;
        bag(ctx).a = value;
      });
    }
    expect([store.records.size, other.calls]).toEqual([1, []]);
    expect((await request((ctx) => bag(ctx).a)).result).toBe(2);
  });

  it.each<[string, () => SessionOptions]>([
    ['in the cookie', () => ({})],
    ['in a store', () => ({ store: new MemoryStore() })],
  ])('%s changes httpOnly, rolling and maxAge for its request', async (_mode, options) => {
    const { request } = setUp({ ...options(), maxAge: 5000, now: () => 0 });
    const first = await request((ctx) => {
      bag(ctx).a = 1;
      Object.assign(ctx.sessionOptions, { httpOnly: false, maxAge: 60_000 });
    });
    expect(first.cookie()?.attributes).toMatchObject({ expires: new Date(60_000).toUTCString() });
    expect(first.cookie()?.attributes).not.toHaveProperty('httponly');
    const rolled = await request((ctx) => void (ctx.sessionOptions.rolling = true));
    expect(rolled.cookie()?.attributes).toHaveProperty('httponly');
    expect((await request((ctx) => bag(ctx).a)).cookie()).toBeUndefined();
  });
});
