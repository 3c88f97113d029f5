import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEMO_ACCOUNT, demoUsers, noUsers } from './auth/users.ts';
import { quickPasswords } from './auth/testing/quick-passwords.ts';
import { showPage } from './pages/page.ts';
import { userOf } from './account/current-user.ts';
import { localNames, type StorageName } from './storages/storages.ts';
import { OVER_TLS, PRODUCTION, testApp } from './testing/test-app.ts';
import { html } from './views/html.ts';

const { name, password, displayName } = DEMO_ACCOUNT;
const HTML = { Accept: 'text/html' };

type Browser = ReturnType<typeof testApp>['browser'];

const logIn = (browser: Browser, sent: object = { name, password }, headers = {}) =>
  browser.post('/login').set(headers).type('form').send(sent);

const setCookies = ({ headers }: { headers: Record<string, string> }) => [headers['set-cookie'] ?? []].flat();

describe('the app', () => {
  it.each(localNames)('logs programs in and out with JSON, with sessions in %s', async (sessionStore) => {
    const { browser } = testApp({ sessionStore });
    browser.set('Accept', 'application/json');
    const refused = await browser.get('/account').expect(401);
    expect(refused.body).toMatchObject({ error: { status: 401, message: 'Log in first.' } });
    await browser.post('/account/sessions/end-others').expect(401);
    const incomplete = await logIn(browser, { name }).expect(422);
    expect(incomplete.body).toMatchObject({ errors: { password: 'Enter your password.' } });

    await logIn(browser).expect(200, { user: name, next: '/account' });
    expect((await browser.get('/account').expect(200)).body).toMatchObject({ user: name });
    await browser.post('/logout').expect(200, { loggedOut: true, next: '/login' });
    expect((await browser.get('/').expect(200)).body).toMatchObject({ user: null });
    await browser.get('/account').expect(401);
    await browser.delete('/login').expect(405);
  });

  it('refuses even the right password after five wrong ones', async () => {
    const { browser } = testApp();
    for (const guess of ['one', 'two', 'three', 'four', 'five'])
      await logIn(browser, { name, password: guess }).expect(422, /The name or the password is wrong/);
    const response = await logIn(browser).expect(429, /Too many attempts. Try again in 15 minutes/);
    expect(Number(response.headers['retry-after'])).toBeCloseTo(15 * 60, -1);
    expect(response.text).toContain(`value="${name}"`);
    expect(setCookies(response)).toEqual([]);
  });

  it('gives no cookie to a visitor who only reads', async () => {
    const response = await testApp().browser.get('/').set(HTML).expect(200);
    expect(setCookies(response)).toEqual([]);
    expect(response.headers['cache-control']).toBe('private, no-cache');
  });

  it('ends its cookie names with the name of the project, since cookies ignore ports', async () => {
    const project = (JSON.parse(readFileSync('package.json', 'utf8')) as { name: string }).name;
    const names = setCookies(await logIn(testApp().browser)).map((cookie) => cookie.split('=')[0]);
    expect(names).toContain(`session_${project}`);
    expect(names.filter((one) => !one?.replace(/\.sig$/, '').endsWith(`_${project}`))).toEqual([]);
  });

  it('has the user on pages that are added, and on the error page', async () => {
    const { browser } = testApp({}, {}, (ctx) => {
      if (ctx.path !== '/mine') return;
      showPage(ctx, { title: 'Mine', data: { user: userOf(ctx)?.name }, main: html`<h1>Mine</h1>` });
    });
    await browser
      .get('/nothing')
      .set(HTML)
      .expect(404, />Log in<\/a>/);
    await logIn(browser).expect(303);
    expect((await browser.get('/mine').set('Accept', 'application/json')).body).toMatchObject({ user: name });
    const page = await browser.get('/mine').set(HTML).expect('Cache-Control', 'no-store');
    expect(page.text).toContain(displayName);
    await browser.get('/nothing').set(HTML).expect(404, new RegExp(displayName));
  });

  it('throws if a storage that needs a connection is not passed', () => {
    const sessionStore = 'redis' as string as StorageName;
    expect(() => testApp({ sessionStore })).toThrow(
      /sessions live in redis, which needs a connection: pass storage/,
    );
  });
});

describe('the app outside production', () => {
  it('has a demo account, and says so', async () => {
    const { browser, logged } = testApp();
    expect((await browser.get('/login').set(HTML)).text).toContain(password);
    expect((await browser.get('/').set(HTML)).text).toContain('Your first page');
    expect(logged).toEqual([]);
  });

  it('does not show a demo account if its users have none', async () => {
    const { browser } = testApp({}, { users: { ...demoUsers(quickPasswords), demo: undefined } });
    expect((await browser.get('/login').set(HTML).expect(200)).text).not.toContain(password);
  });
});

describe('the app outside production, where others can reach it', () => {
  it.each([
    [{ host: '0.0.0.0' }, 'HOST is 0.0.0.0'],
    [{ host: '::' }, 'HOST is ::'],
    [{ host: '192.168.1.5' }, 'HOST is 192.168.1.5'],
    [{ host: 'app.internal' }, 'HOST is app.internal'],
    [{ trustProxy: true }, 'TRUST_PROXY is true'],
  ])('has no demo account and no stack to show, and says why: %j', async (config, why) => {
    const { browser, logged } = testApp(config);
    expect(logged).toEqual([expect.stringMatching(`${why}.* NODE_ENV=production`)]);
    expect((await logIn(browser).expect(422)).text).not.toContain(password);
    const users = { ...noUsers(), findByName: async () => Promise.reject(new Error('no database')) };
    const failed = await logIn(testApp(config, { users }).browser).expect(500);
    expect(failed.text).not.toContain('no database');
  });
});

describe('the app in production', () => {
  const users = demoUsers(quickPasswords);

  it('lets nobody in with the demo account', async () => {
    const { browser } = testApp(PRODUCTION);
    expect((await browser.get('/login').set(OVER_TLS).expect(200)).text).not.toContain(password);
    expect((await browser.get('/').set(OVER_TLS)).text).not.toContain('Your first page');
    await logIn(browser, { name, password }, OVER_TLS).expect(422);
  });

  it('sends one sealed __Host- cookie behind a TLS proxy', async () => {
    const { browser } = testApp(PRODUCTION, { users });
    const response = await logIn(browser, { name, password }, OVER_TLS).expect(303);
    const cookies = setCookies(response).filter((one) => one.startsWith('__Host-session='));
    expect(cookies).toHaveLength(1);
    expect(cookies[0]).toMatch(/^__Host-session=v1\.[\w-]+; path=\/; .*samesite=lax; secure; httponly$/);
  });

  it('logs what to set if a request fails because no proxy is trusted', async () => {
    const { browser, logged } = testApp({ ...PRODUCTION, trustProxy: false }, { users });
    const response = await logIn(browser, { name, password }, OVER_TLS).expect(500);
    expect(response.text).not.toContain('Secure');
    expect(logged.at(-1)).toContain('set app.proxy = true');
  });
});
