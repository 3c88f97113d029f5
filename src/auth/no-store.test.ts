import Koa from 'koa';
import { pino } from 'pino';
import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import { errorPages } from '../http/errors.ts';
import { privatePage } from './no-store.ts';

async function cacheControlOf(respond: Koa.Middleware): Promise<unknown> {
  const app = new Koa();
  app.use(errorPages({ render: () => '<p>', showsStack: false, log: pino({ level: 'silent' }) }));
  app.use(privatePage());
  app.use(respond);
  const response = await supertest(app.callback()).get('/');
  return response.headers['cache-control'];
}

describe('privatePage', () => {
  it('keeps a page out of caches', async () => {
    expect(await cacheControlOf((ctx) => void (ctx.body = 'private'))).toBe('no-store');
  });

  it('keeps redirects and errors out too', async () => {
    expect(await cacheControlOf((ctx) => ctx.redirect('/login'))).toBe('no-store');
    expect(await cacheControlOf((ctx) => ctx.throw(403))).toBe('no-store');
  });

  it('has the last word', async () => {
    const cacheControl = await cacheControlOf((ctx) => {
      ctx.set('Cache-Control', 'public, max-age=60');
      ctx.body = 'private';
    });
    expect(cacheControl).toBe('no-store');
  });

  it('sets the header even where nothing answers the error but the middleware above', async () => {
    const app = new Koa();
    app.use(async (ctx, next) => {
      try {
        await next();
      } catch {
        ctx.body = 'handled';
      }
    });
    app.use(privatePage());
    app.use(() => {
      throw new Error('below');
    });
    const response = await supertest(app.callback()).get('/');
    expect(response.headers['cache-control']).toBe('no-store');
  });
});
