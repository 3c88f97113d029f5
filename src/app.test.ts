import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { pino } from 'pino';
import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import { createApp, type Overrides } from './app.ts';
import { quickPasswords } from './auth/testing/quick-passwords.ts';
import { DEMO_ACCOUNT, noUsers } from './auth/users.ts';
import type { Config } from './config.ts';

const DEVELOPMENT: Config = {
  production: false,
  host: '127.0.0.1',
  port: 0,
  keys: ['a key of more than thirty-two characters'],
  sessionStore: 'memory',
  logLevel: 'warn',
  trustProxy: false,
};
const PRODUCTION: Config = { ...DEVELOPMENT, production: true, trustProxy: true };
const OVER_TLS = { 'X-Forwarded-Proto': 'https' };

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** The app on a loopback port, and what it has logged. */
async function serve(
  config: Config,
  overrides: Overrides = {},
): Promise<{ server: Server; logged: string[] }> {
  const logged: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) });
  const answer = createApp(config, { log, passwords: quickPasswords, ...overrides }).callback();
  const server = createServer((req, res) => void answer(req, res)).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return { server, logged };
}

describe('the app', () => {
  it.each(['/', '/memory/login', '/cookie/views', '/lab', '/healthz', '/nothing'])(
    'answers 7,000 query parameters on %s with 400, before anything parses them',
    async (path) => {
      const { server } = await serve(DEVELOPMENT);
      await request(server)
        .get(`${path}?${'a&'.repeat(7000)}`)
        .expect(400, /takes 256 at most/);
    },
  );
});

describe('the app outside production', () => {
  it('shows the demo account, the inspector and the source that it links to', async () => {
    const { server, logged } = await serve(DEVELOPMENT);
    const login = await request(server).get('/memory/login');
    expect(login.text).toContain(DEMO_ACCOUNT.password);
    expect(login.text).toContain('Inspector');
    await request(server)
      .get('/source/src/auth/login.ts')
      .expect(200, /createLogin/);
    expect(logged).toEqual([]);
  });

  it.each([
    ['memory', true],
    ['cookie', false],
  ])('says on %s whether its cookie is an id: %s', async (storage, isId) => {
    const { server } = await serve(DEVELOPMENT);
    const { text } = await request(server).get(`/${storage}/views`).set('Accept', 'text/html');
    expect(text.includes('key to what the server keeps')).toBe(isId);
  });

  it('ends all cookie names with the name of the project, since cookies ignore ports', async () => {
    const { server } = await serve(DEVELOPMENT);
    const agent = request.agent(server);
    const first = await agent.get('/memory/views');
    const next = await agent.post('/memory/flash').type('form').send({ message: 'Saved.' });
    const cookies = [first, next].flatMap(({ headers }) => headers['set-cookie'] ?? []);
    expect(cookies.length).toBeGreaterThanOrEqual(3);
    const { name } = JSON.parse(readFileSync('package.json', 'utf8')) as { name: string };
    const names = cookies.map((cookie) => cookie.split('=')[0]?.replace(/\.sig$/, ''));
    expect(names.filter((one) => !one?.endsWith(`_${name}`))).toEqual([]);
  });

  it.each(['memory', 'cookie'])('keeps personal pages out of caches, on %s', async (storage) => {
    const { server } = await serve(DEVELOPMENT);
    const browser = request.agent(server);
    const flash = `/${storage}/flash`;
    await browser.get(flash).expect('Cache-Control', 'private, no-cache');
    await browser.get('/lab').expect('Cache-Control', 'private, no-cache');
    const { name, password } = DEMO_ACCOUNT;
    await browser.post(`/${storage}/login`).type('form').send({ name, password }).expect(303);
    const { text } = await browser.get(flash).expect('Cache-Control', 'no-store');
    expect(text).toContain(DEMO_ACCOUNT.displayName);
    await browser.post(flash).type('form').send({ message: 'Saved.' }).expect('Cache-Control', 'no-store');
  });

  it.each(['memory', 'cookie'] as const)('offers %s first if that is configured', async (sessionStore) => {
    const { server } = await serve({ ...DEVELOPMENT, sessionStore });
    const { text } = await request(server).get('/').set('Accept', 'text/html');
    expect(text).toContain(`SESSION_STORE=${sessionStore}`);
    expect(/href="\/(\w+)\/views"/.exec(text)?.[1]).toBe(sessionStore);
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

  it.each(reachable)('has no demo account, no source page and no stack to show: %j', async (config) => {
    const users = { ...noUsers(), findByName: async () => Promise.reject(new Error('no database')) };
    const { server } = await serve({ ...DEVELOPMENT, ...config });
    const { name, password } = DEMO_ACCOUNT;
    const logIn = request(server).post('/memory/login').type('form').send({ name, password });
    expect((await logIn.expect(422)).text).not.toContain(password);
    await request(server).get('/source/src/auth/login.ts').expect(404);
    const { text } = await request(server).get('/memory/views').set('Accept', 'text/html').expect(200);
    expect(text).not.toContain('href="/source/');
    expect((await request(server).get('/lab').expect(200)).text).not.toContain('href="/source/');
    const failing = await serve({ ...DEVELOPMENT, ...config }, { users });
    const failed = request(failing.server).post('/memory/login').type('form').send({ name, password });
    expect((await failed.expect(500)).text).not.toContain('no database');
  });

  it.each(reachable)('logs one warning with the reason and what to set: %j', async (config, why) => {
    const { logged } = await serve({ ...DEVELOPMENT, ...config });
    expect(logged).toEqual([expect.stringContaining(why)]);
    expect(logged[0]).toContain('NODE_ENV=production');
  });
});

describe('the app in production', () => {
  it('shows neither the demo account, nor the inspector, nor source', async () => {
    const { server } = await serve(PRODUCTION);
    const login = await request(server).get('/memory/login').set(OVER_TLS);
    expect(login.status).toBe(200);
    expect(login.text).not.toContain(DEMO_ACCOUNT.password);
    expect(login.text).not.toContain('Inspector');
    await request(server).get('/source/src/auth/login.ts').set(OVER_TLS).expect(404);
    const views = await request(server)
      .get('/memory/views')
      .set({ ...OVER_TLS, Accept: 'application/json' });
    expect(views.body).toEqual({ views: 1 });
  });

  it('lets nobody in with the demo account, and says at start that it has no users', async () => {
    const { server, logged } = await serve(PRODUCTION);
    const { name, password } = DEMO_ACCOUNT;
    await request(server)
      .post('/memory/login')
      .set(OVER_TLS)
      .type('form')
      .send({ name, password })
      .expect(422);
    expect(logged).toEqual([expect.stringContaining('Nobody can log in')]);
  });

  it.each(['memory', 'cookie'])(
    'sends one sealed __Host- cookie behind a TLS proxy, on %s',
    async (storage) => {
      const { server } = await serve(PRODUCTION);
      const { headers } = await request(server).get(`/${storage}/views`).set(OVER_TLS).expect(200);
      const cookies = [headers['set-cookie'] ?? []].flat();
      expect(cookies).toHaveLength(1);
      expect(cookies[0]).toMatch(
        /^__Host-session-\w+=v1\.[\w-]+; path=\/; .*samesite=lax; secure; httponly$/,
      );
    },
  );

  it('says without a trusted proxy what to set, at start and in the log of the failed request', async () => {
    const { server, logged } = await serve({ ...PRODUCTION, trustProxy: false });
    expect(logged.join()).toContain('TRUST_PROXY=true');
    const { text } = await request(server).get('/memory/views').set(OVER_TLS).expect(500);
    expect(text).not.toContain('Secure');
    expect(logged.at(-1)).toContain('set app.proxy = true');
  });
});
