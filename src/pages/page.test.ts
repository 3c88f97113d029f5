import Koa from 'koa';
import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import { html } from '../views/html.ts';
import { finish, renderPages, showPage } from './page.ts';

const ADA = { id: '1', name: 'ada', displayName: 'Ada' };
const PRIVATE_SCRIPT = 'src="/private-page.js"';

/** What a route answers to a visitor who is logged in as `user`, or to one who is not. */
function answer(user: object | undefined, respond: Koa.Middleware, accept = 'text/html') {
  const app = new Koa();
  app.use(renderPages());
  app.use(async (ctx, next) => {
    ctx.state['user'] = user;
    await next();
  });
  app.use(respond);
  return supertest(app.callback()).get('/').set('Accept', accept);
}

const page: Koa.Middleware = (ctx) => showPage(ctx, { title: 'Page', main: html`<h1>Page</h1>`, data: {} });

describe('a page for somebody who is logged in', () => {
  it.each(['text/html', 'application/json'])('is in no cache, as %s', async (accept) => {
    await answer(ADA, page, accept).expect(200).expect('Cache-Control', 'no-store');
  });

  it('is loaded again when Back or Forward bring it', async () => {
    const { text } = await answer(ADA, page);
    expect(text).toContain(PRIVATE_SCRIPT);
    expect(text).toContain('Ada');
  });

  it.each(['text/html', 'application/json'])('is in no cache after a form either, as %s', async (accept) => {
    const { headers } = await answer(ADA, (ctx) => finish(ctx, '/next', {}), accept);
    expect(headers['cache-control']).toBe('no-store');
  });

  it('is in no cache, whatever was set below', async () => {
    const { headers } = await answer(ADA, (ctx) => {
      ctx.set('Cache-Control', 'private, no-cache');
      showPage(ctx, { title: 'Page', main: html`<h1>Page</h1>`, data: {} });
    });
    expect(headers['cache-control']).toBe('no-store');
  });
});

describe('a page for a visitor', () => {
  it.each(['text/html', 'application/json'])('is in no shared cache, as %s', async (accept) => {
    const { headers, text } = await answer(undefined, page, accept).expect(200);
    expect(headers['cache-control']).toBe('private, no-cache');
    expect(text).not.toContain(PRIVATE_SCRIPT);
  });

  it('keeps the Cache-Control of its route', async () => {
    const { headers } = await answer(undefined, (ctx) => {
      ctx.set('Cache-Control', 'public, max-age=60');
      finish(ctx, '/next', {});
    });
    expect(headers['cache-control']).toBe('public, max-age=60');
  });
});
