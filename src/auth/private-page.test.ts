import Koa from 'koa';
import request from 'supertest';
import { expect, it } from 'vitest';
import { clearSiteData, privatePage } from './private-page.ts';

async function headersOf(respond: Koa.Middleware, sent: Record<string, string> = {}) {
  const app = new Koa({ proxy: true });
  app.use((ctx, next) => next().catch(() => void (ctx.body = 'The error is answered above.')));
  app.use(privatePage());
  app.use(respond);
  const { headers } = await request(app.callback()).get('/').set(sent);
  return headers as Record<string, string | undefined>;
}

it.each<[string, Koa.Middleware]>([
  ['a page', (ctx) => void (ctx.body = 'private')],
  ['a redirect', (ctx) => ctx.redirect('/login')],
  ['an error', (ctx) => ctx.throw(403)],
  ['a page that asks for it', (ctx) => ctx.set('Cache-Control', 'public, max-age=60')],
])('privatePage keeps %s out of caches', async (_what, respond) => {
  expect(await headersOf(respond)).toMatchObject({ 'cache-control': 'no-store' });
});

it.each([
  ['is told over https', { 'X-Forwarded-Proto': 'https' }, '"cache", "storage"'],
  ['is told on localhost', { Host: 'localhost:3000' }, '"cache", "storage"'],
  ['is not told over plain http, where it does not heed it', { Host: 'example.com' }, undefined],
])('the browser %s what to drop at logout', async (_when, sent, value) => {
  expect((await headersOf(clearSiteData, sent))['clear-site-data']).toBe(value);
});
