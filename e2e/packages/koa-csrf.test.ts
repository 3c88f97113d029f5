import bodyParser from 'koa-bodyparser';
import CSRF from 'koa-csrf';
import { expect, it } from 'vitest';
import type { SessionOptions } from '../../src/session/index.ts';
import { appWith, Browser, PLACES, serve } from './app.ts';

/** Starts an app whose `GET` answers with the token; returns its address. */
async function start(options: SessionOptions): Promise<string> {
  const { app } = appWith(options);
  app.use(bodyParser());
  app.use(CSRF());
  app.use((ctx) => {
    ctx.body = ctx.method === 'GET' ? ctx.state['_csrf'] : 'posted';
  });
  return (await serve(app)).url;
}

it.each(PLACES)(
  'accepts the token of the session in %s, for more than one request',
  async (_place, options) => {
    const browser = new Browser(await start(options()));
    const { body: token } = await browser.get('/');
    for (const _request of ['first', 'second']) {
      expect(await browser.post('/', { _csrf: token })).toMatchObject({ status: 200, body: 'posted' });
    }
    // Each page has another token, made from the same secret.
    const { body: other } = await browser.get('/');
    expect(other).not.toBe(token);
    expect(await browser.post('/', { _csrf: other })).toMatchObject({ status: 200 });
  },
);

it.each(PLACES)(
  'refuses a missing token and that of another session, with the session in %s',
  async (_place, options) => {
    const url = await start(options());
    const browser = new Browser(url);
    await browser.get('/');
    expect(await browser.post('/')).toMatchObject({ status: 403 });
    const { body: foreign } = await new Browser(url).get('/');
    expect(await browser.post('/', { _csrf: foreign })).toMatchObject({ status: 403 });
  },
);
