import type { Context } from 'koa';
import { describe, expect, it } from 'vitest';
import { MemoryRevocations, MemoryStore, type SessionEvent, type SessionOptions } from './index.ts';
import { delayed } from './testing/delayed.ts';
import { bag, setUp } from './testing/set-up.ts';

const HOUR = 3_600_000;

describe('regenerate() whose cookie cannot be sent', () => {
  it.each<[string, () => SessionOptions]>([
    ['sealed', () => ({ encrypt: true })],
    ['that can be revoked', () => ({ revocations: new MemoryRevocations(), absoluteMaxAge: HOUR })],
  ])('since it is too large leaves a session in a cookie %s on its id', async (_name, options) => {
    const { app, request, browser } = setUp(options());
    const ids: unknown[] = [];
    app.on('session:saved', ({ key }: SessionEvent) => ids.push(key));
    app.on('session:created', ({ key }: SessionEvent) => ids.push(key));
    await request((ctx) => (bag(ctx).a = 1));
    const copy = browser.jar.header(Date.now());
    const reply = await request(async (ctx) => {
      bag(ctx).text = 'x'.repeat(5000);
      const error: unknown = await bag(ctx)
        .regenerate()
        .catch((one: unknown) => one);
      delete bag(ctx).text;
      bag(ctx).a = 2;
      return error;
    });
    expect([reply.status, reply.result]).toEqual([
      200,
      expect.objectContaining({ name: 'CookieTooLargeError' }),
    ]);
    expect((await request((ctx) => ({ ...bag(ctx) }))).result).toEqual({ a: 2 });
    expect(ids).toEqual([expect.stringMatching(/^sid-/), ids[0]]);
    expect((await request((ctx) => bag(ctx).a, { cookie: copy })).result).toBe(1);
  });

  it('since externalKey fails leaves the request its id', async () => {
    let isBroken = false;
    const { request } = setUp({
      store: new MemoryStore(),
      externalKey: {
        get: (ctx: Context) => ctx.get('x-session'),
        set: (ctx: Context, id: string) => {
          if (isBroken) throw new Error('no header');
          ctx.set('x-session', id);
        },
      },
    });
    const id = String((await request((ctx) => (bag(ctx).a = 1))).headers['x-session']);
    isBroken = true;
    const reply = await request(
      async (ctx) => {
        const error = await bag(ctx)
          .regenerate()
          .catch((one: Error) => one.message);
        return [error, bag(ctx).externalKey];
      },
      { 'x-session': id },
    );
    expect([reply.status, reply.result]).toEqual([200, ['no header', id]]);
  });

  it('since the client has gone leaves the session its id, and it can be saved', async () => {
    const memory = new MemoryStore();
    const store = delayed(memory, () => new Promise((done) => setImmediate(done)));
    const { request, errors } = setUp({ store });
    const id = (await request((ctx) => (bag(ctx).a = 1))).cookie()?.value;
    let ending: Promise<unknown> | undefined;
    await request((ctx) => {
      const goOn = async (): Promise<unknown> => {
        const done = bag(ctx).regenerate();
        Object.defineProperty(ctx.res, 'destroyed', { value: true, configurable: true });
        const error: unknown = await done.catch((one: unknown) => one);
        bag(ctx).a = 2;
        await bag(ctx).save();
        return [error, bag(ctx).externalKey];
      };
      ending = goOn();
      return ending;
    });
    expect(await ending).toEqual([expect.objectContaining({ code: 'ERR_SESSION_LATE_WRITE' }), id]);
    expect([memory.size, errors]).toEqual([1, []]);
    expect((await request((ctx) => bag(ctx).a)).result).toBe(2);
  });
});

describe('regenerate() during which another request', () => {
  it.each<[string, (ctx: Context) => unknown, number]>([
    ['changes the session leaves the store with one record', (ctx) => (bag(ctx).b = 2), 1],
    ['ends the session leaves the store without a record', (ctx) => void (ctx.session = null), 0],
  ])('%s', async (_what, change, size) => {
    const store = new MemoryStore();
    const { request } = setUp({ store });
    await request((ctx) => (bag(ctx).a = 1));
    await request(async (ctx) => {
      const session = bag(ctx);
      await request(change);
      await session.regenerate().catch(() => undefined);
    });
    expect(store.size).toBe(size);
  });
});
