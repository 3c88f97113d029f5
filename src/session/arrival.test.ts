import type { Context } from 'koa';
import { describe, expect, it } from 'vitest';
import { MemoryRevocations, MemoryStore, type SessionOptions } from './index.ts';
import { delayed } from './testing/delayed.ts';
import { bag, setUp } from './testing/set-up.ts';

// Cookie, keys and https are read when a request arrives, since handlers may change them for an upstream.

const turn = (): Promise<void> => new Promise((done) => void setImmediate(done));

const MODES: [string, () => SessionOptions][] = [
  ['a signed cookie', () => ({})],
  ['a sealed cookie', () => ({ encrypt: true })],
  ['an unsigned cookie', () => ({ signed: false })],
  ['a cookie with revocations', () => ({ encrypt: true, revocations: new MemoryRevocations() })],
  ['MemoryStore', () => ({ store: new MemoryStore() })],
  ['a store that answers later', () => ({ store: delayed(new MemoryStore(), turn) })],
  ['a store with onStoreError: cookie', () => ({ store: new MemoryStore(), onStoreError: 'cookie' })],
];

const LOOKS: [string, (ctx: Context) => unknown][] = [
  ['reads it', (ctx) => bag(ctx).a],
  [
    'changes it',
    (ctx) => {
      bag(ctx).b = 2;
      return bag(ctx).a;
    },
  ],
  [
    'gives it a new id',
    async (ctx) => {
      await bag(ctx).regenerate();
      return bag(ctx).a;
    },
  ],
];

describe.each(MODES)('with the session in %s', (_mode, options) => {
  describe.each(LOOKS)('a handler that %s', (_what, look) => {
    it('may first remove the Cookie header', async () => {
      const { request, errors } = setUp(options());
      await request((ctx) => (bag(ctx).a = 1));
      const reply = await request((ctx) => {
        delete ctx.req.headers.cookie;
        return look(ctx);
      });
      expect([reply.result, errors]).toEqual([1, []]);
      expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
    });

    it('may first set another Cookie header', async () => {
      const { request, errors } = setUp(options());
      await request((ctx) => (bag(ctx).a = 1));
      const reply = await request((ctx) => {
        ctx.req.headers.cookie = 'koa.sess=of-an-upstream; koa.sess.sig=of-an-upstream';
        return look(ctx);
      });
      expect([reply.result, errors]).toEqual([1, []]);
      expect((await request((ctx) => bag(ctx).a)).result).toBe(1);
    });

    it.each<[string, (ctx: Context) => void]>([
      ['the list is replaced', ({ app }) => (app.keys = ['another key of thirty-two characters'])],
      ['the key in it is', ({ app }) => ((app.keys as string[])[0] = 'another key of thirty-two characters')],
    ])('finds it by the earlier keys when %s meanwhile', async (_how, replace) => {
      const { request, errors } = setUp(options());
      await request((ctx) => (bag(ctx).a = 1));
      const reply = await request((ctx) => {
        replace(ctx);
        return look(ctx);
      });
      expect([reply.result, errors]).toEqual([1, []]);
    });
  });

  it('ends if a handler sets it to null after it has removed the Cookie header', async () => {
    const { request, browser } = setUp(options());
    await request((ctx) => (bag(ctx).a = 1));
    await request((ctx) => {
      delete ctx.req.headers.cookie;
      ctx.session = null;
    });
    expect(browser.jar.cookies.size).toBe(0);
  });
});

it('a cookie that was written after the keys were replaced is signed with the new ones', async () => {
  const { app, request } = setUp();
  await request((ctx) => (bag(ctx).a = 1));
  await request((ctx) => {
    app.keys = ['another key of thirty-two characters'];
    bag(ctx).a = 2;
  });
  expect((await request((ctx) => bag(ctx).a)).result).toBe(2);
});

it('with externalKey a handler may first remove the Authorization header', async () => {
  const store = new MemoryStore();
  const externalKey = {
    get: (ctx: Context) => ctx.get('authorization').slice(7),
    set: (ctx: Context, id: string) => ctx.set('x-session', id),
  };
  const { request } = setUp({ store, externalKey });
  const id = String((await request((ctx) => (bag(ctx).a = 1))).headers['x-session']);
  const authorization = `Bearer ${id}`;
  for (const change of [false, true]) {
    const reply = await request(
      (ctx) => {
        delete ctx.req.headers.authorization;
        if (change) bag(ctx).a = 2;
        return bag(ctx).externalKey;
      },
      { authorization },
    );
    expect(reply.result).toBe(id);
  }
  expect((await request((ctx) => bag(ctx).a, { authorization })).result).toBe(2);
  expect(store.size).toBe(1);
});

it('a request over https stays one when a handler has removed X-Forwarded-Proto', async () => {
  for (const options of [{ secure: true }, {}]) {
    const { app, request, errors } = setUp(options);
    app.proxy = true;
    const reply = await request(
      (ctx) => {
        delete ctx.req.headers['x-forwarded-proto'];
        bag(ctx).a = 1;
      },
      { 'x-forwarded-proto': 'https' },
    );
    expect([reply.cookie()?.attributes, errors]).toEqual([
      expect.objectContaining({ secure: expect.anything() }),
      [],
    ]);
  }
});

it('the value of ctx.cookies.secure takes precedence over what Koa knows', async () => {
  const { request, errors } = setUp({ secure: true });
  const reply = await request((ctx) => {
    ctx.cookies.secure = true;
    bag(ctx).a = 1;
  });
  expect([reply.cookie()?.attributes, errors]).toEqual([
    expect.objectContaining({ secure: expect.anything() }),
    [],
  ]);
});
