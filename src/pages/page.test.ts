import Koa from 'koa';
import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import { html } from '../views/html.ts';
import { clearSiteData, finish, privatePage, renderPages, showPage } from './page.ts';

const ADA = { id: '1', name: 'ada', displayName: 'Ada' };
const PRIVATE_SCRIPT = 'src="/private-page.js"';

/** What a route answers to a visitor who is logged in as `user`, or to one who is not. */
async function answer(user: object | undefined, route: Koa.Middleware, headers: Record<string, string> = {}) {
  const app = new Koa({ proxy: true });
  app.use((ctx, next) => next().catch(() => void (ctx.body = 'The error is answered above.')));
  app.use(renderPages());
  app.use(async (ctx, next) => {
    ctx.state['user'] = user;
    await next();
  });
  app.use(route);
  const response = await supertest(app.callback())
    .get('/')
    .set({ Accept: 'text/html', ...headers });
  return { text: response.text, headers: response.headers as Record<string, string | undefined> };
}

const page: Koa.Middleware = (ctx) => showPage(ctx, { title: 'Page', main: html`<h1>Page</h1>`, data: {} });
const form: Koa.Middleware = (ctx) => finish(ctx, '/next', {});
const asking = (value: string, route: Koa.Middleware): Koa.Middleware => {
  return (ctx, next) => {
    ctx.set('Cache-Control', value);
    return route(ctx, next);
  };
};

describe.each(['text/html', 'application/json'])('as %s', (Accept) => {
  it.each([
    ['a page for a logged-in user is in no cache', ADA, page, 'no-store'],
    ['nor is the response to their form', ADA, form, 'no-store'],
    ['even if its route says otherwise', ADA, asking('private, no-cache', page), 'no-store'],
    ['a page for a visitor is in no shared cache', undefined, page, 'private, no-cache'],
    ['unless its route allows it', undefined, asking('public, max-age=60', form), 'public, max-age=60'],
  ])('%s', async (_what, user, route, cacheControl) => {
    expect((await answer(user, route, { Accept })).headers['cache-control']).toBe(cacheControl);
  });
});

it('a page for a logged-in user is reloaded when Back or Forward shows it', async () => {
  const { text } = await answer(ADA, page);
  expect(text).toContain(PRIVATE_SCRIPT);
  expect(text).toContain('Ada');
  expect((await answer(undefined, page)).text).not.toContain(PRIVATE_SCRIPT);
});

it.each<[string, Koa.Middleware]>([
  ['a page', page],
  ['a redirect', form],
  ['an error', (ctx) => ctx.throw(403)],
  ['a page that asks for it', asking('public, max-age=60', page)],
])('privatePage keeps %s out of caches', async (_what, route) => {
  const { headers } = await answer(undefined, async (ctx, next) =>
    privatePage()(ctx, async () => route(ctx, next)),
  );
  expect(headers['cache-control']).toBe('no-store');
});

it.each([
  ['hears over https', { 'X-Forwarded-Proto': 'https' }, '"cache", "storage"'],
  ['hears on localhost', { Host: 'localhost:3000' }, '"cache", "storage"'],
  ['does not hear over plain http, where it would not obey,', { Host: 'example.com' }, undefined],
])('the browser %s what to delete at logout', async (_when, sent, value) => {
  expect((await answer(undefined, clearSiteData, sent)).headers['clear-site-data']).toBe(value);
});
