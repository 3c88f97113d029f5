import grant from 'grant';
import Koa, { type Middleware } from 'koa';
import bodyParser from 'koa-bodyparser';
import { describe, expect, it } from 'vitest';
import type { SessionOptions } from '../../src/session/index.ts';
import { appWith, Browser, PLACES, serve } from './app.ts';

/** A provider that asks no user. Its token has the code in it. */
async function startProvider(): Promise<string> {
  const app = new Koa();
  app.use(bodyParser());
  app.use((ctx) => {
    const { redirect_uri: back, state } = ctx.query;
    if (ctx.path === '/authorize') ctx.redirect(`${String(back)}?code=42&state=${String(state)}`);
    else ctx.body = { access_token: `token of ${(ctx.request.body as { code: string }).code}` };
  });
  return (await serve(app)).url;
}

/** An app in which `/done` answers with the session that grant has filled. */
async function start(options: SessionOptions): Promise<{ browser: Browser; url: string }> {
  const provider = await startProvider();
  const { app } = appWith(options);
  let oauth: Middleware | undefined;
  app.use(bodyParser());
  app.use((ctx, next) => oauth?.(ctx, next));
  app.use((ctx) => {
    ctx.body = JSON.stringify(ctx.session);
  });
  const { url } = await serve(app);
  oauth = grant.koa()({
    defaults: { origin: url, transport: 'session', state: true, prefix: '/connect' },
    fake: {
      authorize_url: `${provider}/authorize`,
      access_url: `${provider}/token`,
      oauth: 2,
      key: 'the app',
      secret: 'a secret',
      callback: '/done',
    },
  });
  return { browser: new Browser(url), url };
}

describe.each(PLACES)('with the session in %s', (_place, options) => {
  it('passes the state and the token through the session', async () => {
    const { browser, url } = await start(options());
    const toProvider = await browser.get('/connect/fake');
    const fromProvider = await browser.send(toProvider.location ?? '');
    expect(fromProvider.location).toMatch(new RegExp(`^${url}/connect/fake/callback\\?code=42&state=\\w+$`));
    expect(await browser.get(fromProvider.location ?? '')).toMatchObject({ status: 302, location: '/done' });
    expect(JSON.parse((await browser.get('/done')).body)).toMatchObject({
      grant: { provider: 'fake', response: { access_token: 'token of 42' } },
    });
  });

  it('refuses the state of another session', async () => {
    const { browser, url } = await start(options());
    const stranger = new Browser(url);
    await browser.get('/connect/fake');
    const { location } = await stranger.get('/connect/fake');
    await browser.get((await stranger.send(location ?? '')).location ?? '');
    expect(JSON.parse((await browser.get('/done')).body)).toMatchObject({
      grant: { response: { error: 'Grant: OAuth2 state mismatch' } },
    });
  });
});
