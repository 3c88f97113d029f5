import vm from 'node:vm';
import createError from 'http-errors';
import { describe, expect, it } from 'vitest';
import Koa from 'koa';
import session, { MemoryStore, type SessionOptions } from '../index.ts';
import { Browser, bag, serve, setUp } from '../testing/set-up.ts';

const MODES: [string, () => SessionOptions][] = [
  ['in the cookie', () => ({})],
  ['in a store', () => ({ store: new MemoryStore() })],
];

describe.each(MODES)(
  'when the handler throws after changing a session %s, the response',
  (_mode, options) => {
    it.each<[string, () => unknown, number, string]>([
      ['an error', () => new Error('secret detail'), 500, 'Internal Server Error'],
      ['an http error', () => createError(403, 'not for you'), 403, 'not for you'],
      ['a string', () => 'secret detail', 500, 'Internal Server Error'],
      ['an object', () => ({ status: 404 }), 500, 'Internal Server Error'],
      ['a number', () => 404, 500, 'Internal Server Error'],
    ])('to %s is what it would be, with the cookie', async (_what, make, status, body) => {
      const { request } = setUp(options());
      const reply = await request((ctx) => {
        bag(ctx).attempts = 1;
        throw make();
      });
      expect([reply.status, reply.body]).toEqual([status, body]);
      expect(reply.setCookie.map(({ name }) => name)).toEqual(['koa.sess', 'koa.sess.sig']);
      expect([reply.headers.vary, reply.headers['cache-control']]).toEqual(['Cookie', 'private, no-cache']);
      expect((await request((ctx) => bag(ctx).attempts)).result).toBe(1);
    });

    it('ends the session if that is what the handler did', async () => {
      const { request, browser } = setUp(options());
      await request((ctx) => (bag(ctx).a = 1));
      const reply = await request((ctx) => {
        ctx.session = null;
        ctx.throw(400);
      });
      expect(reply.cookie()?.value).toBe('');
      expect(browser.jar.cookies.size).toBe(0);
    });

    it('has the headers of the error, its cookies too', async () => {
      const { request } = setUp(options());
      const reply = await request((ctx) => {
        bag(ctx).attempts = 1;
        const headers = {
          'Retry-After': '30',
          'Set-Cookie': 'why=limit; path=/',
          'Cache-Control': 'no-store',
        };
        throw createError(429, { headers });
      });
      expect(reply.status).toBe(429);
      expect(reply.headers).toMatchObject({ 'retry-after': '30', 'cache-control': 'no-store' });
      expect(reply.setCookie.map(({ name }) => name)).toEqual(['koa.sess', 'koa.sess.sig', 'why']);
    });

    it('has none of the other headers and cookies that the handler had set, as in Koa', async () => {
      const { request } = setUp(options());
      const reply = await request((ctx) => {
        bag(ctx).attempts = 1;
        ctx.cookies.set('other', '1');
        ctx.set('X-Handler', '1');
        throw new Error('broken');
      });
      expect(reply.headers).not.toHaveProperty('x-handler');
      expect(reply.cookie('other')).toBeUndefined();
    });

    it('has the cookie as well if the session was saved by hand before the error', async () => {
      const { request } = setUp({ ...options(), autoCommit: false });
      const reply = await request(async (ctx) => {
        bag(ctx).attempts = 1;
        await bag(ctx).save();
        throw new Error('broken');
      });
      expect([reply.status, reply.cookie() !== undefined]).toEqual([500, true]);
    });

    it('is that of Koa when the session was not changed', async () => {
      const { request } = setUp(options());
      await request((ctx) => (bag(ctx).a = 1));
      const reply = await request((ctx) => ctx.throw(400, 'bad', { headers: { 'x-why': 'bad' } }));
      expect([reply.status, reply.setCookie, reply.headers['x-why']]).toEqual([400, [], 'bad']);
    });
  },
);

describe('an error object that is thrown in the requests of two people', () => {
  const shared = createError(503, 'closed', { headers: { 'Retry-After': '60' } });
  const bare = new Error('closed');

  it.each([
    ['with headers', shared],
    ['without headers', bare],
  ])('%s never takes the cookie of one to the other', async (_what, error) => {
    const { app, request, browser } = setUp({ store: new MemoryStore() });
    const other = new Browser(app);
    const before = error === shared ? { ...shared.headers } : undefined;

    const ann = await request((ctx) => {
      bag(ctx).user = 'ann';
      throw error;
    });
    expect(browser.jar.cookies.has('koa.sess')).toBe(true);
    expect((error as { headers?: object }).headers).toEqual(before);
    expect('headers' in error).toBe(error === shared);

    const untouched = await request(
      () => {
        throw error;
      },
      {},
      other,
    );
    expect(untouched.setCookie).toEqual([]);

    const bob = await request(
      (ctx) => {
        bag(ctx).user = 'bob';
        throw error;
      },
      {},
      other,
    );
    expect(bob.setCookie).toHaveLength(2);
    expect(bob.cookie()?.value).not.toBe(ann.cookie()?.value);
    expect(JSON.stringify(bob.headers)).not.toContain(ann.cookie()?.value);
  });
});

describe('an error after a change of the session', () => {
  it('an error listener does not get the session cookie', async () => {
    const { app, request } = setUp({ store: new MemoryStore() });
    let logged = '';
    app.on('error', (error: Error) => (logged = JSON.stringify(Object.fromEntries(Object.entries(error)))));
    await request((ctx) => {
      bag(ctx).a = 1;
      throw new Error('x');
    });
    expect(logged).not.toContain('koa.sess=');
  });

  it('an error class whose headers are a getter gets its response', async () => {
    class TooMany extends Error {
      status = 429;
      get headers() {
        return { 'retry-after': '5' };
      }
    }
    const { request } = setUp();
    const reply = await request((ctx) => {
      bag(ctx).a = 1;
      throw new TooMany('x');
    });
    expect(reply.status).toBe(429);
  });

  it('an error of another realm keeps its status', async () => {
    const { request } = setUp();
    const error = Object.assign(vm.runInNewContext('new Error("no such page")') as Error, {
      status: 404,
      expose: true,
    });
    const reply = await request((ctx) => {
      bag(ctx).a = 1;
      throw error;
    });
    expect([reply.status, reply.body]).toEqual([404, 'no such page']);
  });

  it('Vary: Cookie stays on an error after the session was read, and beside a Vary of the error', async () => {
    const { request } = setUp();
    await request((ctx) => (bag(ctx).a = 1));
    const read = await request((ctx) => bag(ctx).a && ctx.throw(403));
    const written = await request((ctx) => {
      bag(ctx).a = 2;
      ctx.throw(403, { headers: { Vary: 'Origin' } });
    });
    expect([read.headers.vary, written.headers.vary]).toEqual(['Cookie', 'Origin, Cookie']);
  });
});

it('the cookie of a saved session reaches the browser although an outer middleware throws afterwards', async () => {
  const app = new Koa();
  app.keys = ['key'];
  app.silent = true;
  app.use(async (ctx, next) => {
    await next();
    ctx.throw(503);
  });
  app.use(session({}, app));
  const { request } = serve(app);
  const reply = await request((ctx) => (bag(ctx).a = 1));
  expect([reply.status, reply.setCookie.map(({ name }) => name)]).toEqual([
    503,
    ['koa.sess', 'koa.sess.sig'],
  ]);
  expect(reply.headers['cache-control']).toBe('private, no-cache');
});

it('the cookies of two sessions of one app are kept', async () => {
  const app = new Koa();
  app.keys = ['key'];
  app.silent = true;
  app.use(session({}, app));
  app.use(session({ key: 'basket', property: 'basket' }, app));
  const reply = await serve(app).request((ctx) => {
    bag(ctx).a = 1;
    (ctx as unknown as { basket: { b?: number } }).basket.b = 1;
    throw new Error('broken');
  });
  expect([reply.status, reply.setCookie.map(({ name }) => name).toSorted()]).toEqual([
    500,
    ['basket', 'basket.sig', 'koa.sess', 'koa.sess.sig'],
  ]);
});

it('an app that has replaced ctx.onerror answers itself, and cookies set before and after that are kept', async () => {
  const { request } = setUp({ autoCommit: false });
  const reply = await request(async (ctx) => {
    bag(ctx).a = 1;
    await bag(ctx).save();
    const koaAnswers = ctx.onerror.bind(ctx);
    ctx.onerror = (error) => koaAnswers(error && createError(418, error));
    bag(ctx).a = 2;
    await bag(ctx).save();
    throw new Error('broken');
  });
  expect([reply.status, reply.setCookie.map(({ name }) => name)]).toEqual([
    418,
    ['koa.sess', 'koa.sess.sig'],
  ]);
});

it('all requests share one error function, since V8 keeps each request that has its own', async () => {
  const { request } = setUp();
  const answers = new Set<unknown>();
  for (let nth = 0; nth < 3; nth += 1) {
    await request(async (ctx) => {
      bag(ctx).nth = nth;
      await bag(ctx).save();
      answers.add(Object.getOwnPropertyDescriptor(ctx, 'onerror')?.value);
    });
  }
  expect(answers.size).toBe(1);
  expect(answers).not.toContain(undefined);
});
