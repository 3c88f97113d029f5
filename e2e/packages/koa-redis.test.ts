import RedisStore from 'koa-redis';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { SessionOptions, SessionStore } from '../../src/session/index.ts';
import {
  hasRedisServer,
  type RedisServer,
  startRedisServer,
} from '../../src/session/testing/redis-server.ts';
import { bag } from '../../src/session/testing/set-up.ts';
import { appWith, Browser, serve } from './app.ts';

const DAY = 86_400_000;

describe.skipIf(!hasRedisServer())('koa-redis', () => {
  let server: RedisServer;
  let store: SessionStore & { client: Client; quit(): Promise<void> };

  beforeAll(async () => {
    server = await startRedisServer();
    store = new RedisStore({ url: server.url });
  });
  beforeEach(() => store.client.flushall());
  afterAll(async () => {
    await store.quit();
    await server.dispose();
  });

  it.each<[string, SessionOptions]>([
    ['a number', { maxAge: DAY }],
    ["'session'", { maxAge: 'session' }],
    ["'session', with an absolute end", { maxAge: 'session', absoluteMaxAge: DAY }],
  ])('keeps, renews and ends sessions whose maxAge is %s', async (_maxAge, options) => {
    const browser = await start({ ...options, store });
    expect(await browser.get('/')).toMatchObject({ status: 200, body: '1' });
    expect(await browser.get('/')).toMatchObject({ status: 200, body: '2' });
    const [old] = await store.client.keys('*');
    expect(await browser.get('/new-id')).toMatchObject({ status: 200, body: '3' });
    const [id, ...others] = await store.client.keys('*');
    expect(others).toEqual([]);
    expect(id).not.toBe(old);
    expect(await browser.get('/end')).toMatchObject({ status: 200 });
    expect(await store.client.keys('*')).toEqual([]);
    expect(await browser.get('/')).toMatchObject({ status: 200, body: '1' });
  });

  it('makes Redis delete a session soon after its end', async () => {
    const browser = await start({ store });
    await browser.get('/');
    const [id = ''] = await store.client.keys('*');
    // Ten seconds longer than the cookie, as in koa-session.
    const ttl = await store.client.pttl(id);
    expect(ttl).toBeGreaterThan(DAY);
    expect(ttl).toBeLessThanOrEqual(DAY + 10_000);
  });

  it.each<[string, SessionOptions]>([
    ['saved', {}],
    ['renewed', { rolling: true }],
  ])(
    "is given a number of ms or nothing when a session of maxAge 'session' is %s",
    async (_what, options) => {
      const set = vi.spyOn(store, 'set');
      onTestFinished(() => set.mockRestore());
      const browser = await start({ ...options, maxAge: 'session', store });
      await browser.get('/');
      await browser.get('/look');
      const ttls = set.mock.calls.map(([, , ttl]) => ttl as unknown);
      expect(ttls).not.toEqual([]);
      for (const ttl of ttls) expect(ttl === undefined || typeof ttl === 'number').toBe(true);
    },
  );
});

interface Client {
  flushall(): Promise<unknown>;
  keys(pattern: string): Promise<string[]>;
  pttl(key: string): Promise<number>;
}

async function start(options: SessionOptions): Promise<Browser> {
  const { app } = appWith(options);
  app.use(async (ctx) => {
    ctx.body = 'ok';
    if (ctx.path === '/end') return void (ctx.session = null);
    if (ctx.path === '/new-id') await ctx.session.regenerate();
    if (ctx.path !== '/look') bag(ctx)['n'] = Number(bag(ctx)['n'] ?? 0) + 1;
    ctx.body = `${Number(bag(ctx)['n'])}`;
  });
  return new Browser((await serve(app)).url);
}
