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

describe('the app', () => {
  it.each(['/', '/login', '/account', '/healthz', '/nothing'])(
    'answers 7,000 query parameters on %s with 400, before anything parses them',
    async (path) => {
      const { browser } = testApp();
      await browser.get(`${path}?${'a&'.repeat(7000)}`).expect(400, /takes 256 at most/);
    },
  );

  it.each(localNames)('logs in and out, with sessions in %s', async (sessionStore) => {
    const { browser } = testApp({ sessionStore });
    browser.set('Accept', 'application/json');
    await browser.get('/account').expect(401);
    await browser.post('/login').type('form').send({ name, password }).expect(200);
    expect((await browser.get('/').expect(200)).body).toMatchObject({ user: name });
    await browser.post('/logout').expect(200);
    expect((await browser.get('/').expect(200)).body).toMatchObject({ user: null });
    await browser.get('/account').expect(401);
  });

  it('gives no cookie to a visitor who only looks', async () => {
    const { browser } = testApp();
    const { headers } = await browser.get('/').set(HTML).expect(200);
    expect(headers['set-cookie']).toBeUndefined();
    expect(headers['cache-control']).toBe('private, no-cache');
  });

  it('ends its cookie names with the name of the project, since cookies ignore ports', async () => {
    const { browser } = testApp();
    const { headers } = await browser.post('/login').type('form').send({ name, password });
    const project = (JSON.parse(readFileSync('package.json', 'utf8')) as { name: string }).name;
    const names = [headers['set-cookie'] ?? []].flat().map((cookie) => cookie.split('=')[0]);
    expect(names).toContain(`session_${project}`);
    expect(names.filter((one) => !one?.replace(/\.sig$/, '').endsWith(`_${project}`))).toEqual([]);
  });

  it('knows the user on pages that come after its own, and on the page of an error', async () => {
    const { browser } = testApp({}, {}, (ctx) => {
      if (ctx.path !== '/mine') return;
      showPage(ctx, { title: 'Mine', data: { user: userOf(ctx)?.name }, main: html`<h1>Mine</h1>` });
    });
    expect((await browser.get('/nothing').set(HTML).expect(404)).text).toContain('>Log in</a>');
    await browser.post('/login').type('form').send({ name, password }).expect(303);
    expect((await browser.get('/mine').set('Accept', 'application/json')).body).toMatchObject({ user: name });
    expect((await browser.get('/mine').set(HTML).expect('Cache-Control', 'no-store')).text).toContain(
      displayName,
    );
    expect((await browser.get('/nothing').set(HTML).expect(404)).text).toContain(displayName);
  });

  it('needs a storage with a connection to be opened first', () => {
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
    expect(logged).toEqual([]);
  });

  it('says nothing of the demo account when it has users of its own', async () => {
    const { browser } = testApp({}, { users: { ...demoUsers(quickPasswords), demo: undefined } });
    expect((await browser.get('/login').set(HTML).expect(200)).text).not.toContain(password);
  });
});

describe('the app outside production, where others can reach it', () => {
  const reachable = [
    [{ host: '0.0.0.0' }, 'HOST is 0.0.0.0'],
    [{ host: '::' }, 'HOST is ::'],
    [{ host: '192.168.1.5' }, 'HOST is 192.168.1.5'],
    [{ host: 'app.internal' }, 'HOST is app.internal'],
    [{ trustProxy: true }, 'TRUST_PROXY is true'],
  ] as const;

  it.each(reachable)('has no demo account and no stack to show: %j', async (config) => {
    const { browser } = testApp(config);
    const refused = await browser.post('/login').type('form').send({ name, password }).expect(422);
    expect(refused.text).not.toContain(password);
    const users = { ...noUsers(), findByName: async () => Promise.reject(new Error('no database')) };
    const failing = testApp(config, { users });
    const failed = await failing.browser.post('/login').type('form').send({ name, password }).expect(500);
    expect(failed.text).not.toContain('no database');
  });

  it.each(reachable)('logs one warning with the reason and what to set: %j', (config, why) => {
    const { logged } = testApp(config);
    expect(logged).toEqual([expect.stringContaining(why)]);
    expect(logged[0]).toContain('NODE_ENV=production');
  });
});

describe('the app in production', () => {
  it('lets nobody in with the demo account', async () => {
    const { browser } = testApp(PRODUCTION);
    expect((await browser.get('/login').set(OVER_TLS).expect(200)).text).not.toContain(password);
    await browser.post('/login').set(OVER_TLS).type('form').send({ name, password }).expect(422);
  });

  it('says at the start that it has no users, or trusts no proxy', () => {
    const users = demoUsers(quickPasswords);
    expect(testApp(PRODUCTION).logged.join()).toContain('Nobody can log in');
    const withoutProxy = testApp({ ...PRODUCTION, trustProxy: false }, { users });
    expect(withoutProxy.logged.join()).toContain('TRUST_PROXY=true');
  });

  it('sends one sealed __Host- cookie behind a TLS proxy', async () => {
    const { browser } = testApp(PRODUCTION, { users: demoUsers(quickPasswords) });
    const login = browser.post('/login').set(OVER_TLS).type('form');
    const { headers } = await login.send({ name, password }).expect(303);
    const cookies = [headers['set-cookie'] ?? []].flat().filter((one) => one.startsWith('__Host-session='));
    expect(cookies).toHaveLength(1);
    expect(cookies[0]).toMatch(/^__Host-session=v1\.[\w-]+; path=\/; .*samesite=lax; secure; httponly$/);
  });

  it('says in the log of the request that failed what to set where no proxy is trusted', async () => {
    const { browser, logged } = testApp(
      { ...PRODUCTION, trustProxy: false },
      { users: demoUsers(quickPasswords) },
    );
    const login = browser.post('/login').set(OVER_TLS).type('form');
    expect((await login.send({ name, password }).expect(500)).text).not.toContain('Secure');
    expect(logged.at(-1)).toContain('set app.proxy = true');
  });
});
