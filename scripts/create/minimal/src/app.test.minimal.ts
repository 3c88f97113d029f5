import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { pino } from 'pino';
import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import { createApp, type Overrides } from './app.ts';
import { quickPasswords } from './auth/testing/quick-passwords.ts';
import { DEMO_ACCOUNT, demoUsers } from './auth/users.ts';
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
const { name, password } = DEMO_ACCOUNT;

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

describe('the app outside production', () => {
  it('has a demo account, and says so', async () => {
    const { server, logged } = await serve(DEVELOPMENT);
    const login = await request(server).get('/login');
    expect(login.text).toContain(password);
    expect(logged).toEqual([]);
  });

  it.each(['memory', 'cookie'] as const)('logs in and out, with sessions in %s', async (sessionStore) => {
    const { server } = await serve({ ...DEVELOPMENT, sessionStore });
    const browser = request.agent(server).set('Accept', 'application/json');
    await browser.get('/account').expect(401);
    await browser.post('/login').type('form').send({ name, password }).expect(200);
    await browser.get('/').expect(200, { user: name });
    await browser.post('/logout').expect(200);
    await browser.get('/').expect(200, { user: null });
    await browser.get('/account').expect(401);
  });

  it('gives no cookie to who only looks', async () => {
    const { server } = await serve(DEVELOPMENT);
    const { headers } = await request(server).get('/').expect(200);
    expect(headers['set-cookie']).toBeUndefined();
  });
});

describe('the app in production', () => {
  it('lets nobody in with the demo account, and says at start that it has no users', async () => {
    const { server, logged } = await serve(PRODUCTION);
    const { text } = await request(server).get('/login').set(OVER_TLS).expect(200);
    expect(text).not.toContain(password);
    await request(server).post('/login').set(OVER_TLS).type('form').send({ name, password }).expect(422);
    expect(logged).toEqual([expect.stringContaining('Nobody can log in')]);
  });

  it('sends one sealed __Host- cookie behind a TLS proxy', async () => {
    const { server } = await serve(PRODUCTION, { users: demoUsers(quickPasswords) });
    const login = request(server).post('/login').set(OVER_TLS).type('form');
    const { headers } = await login.send({ name, password }).expect(303);
    const cookies = [headers['set-cookie'] ?? []].flat();
    expect(cookies).toHaveLength(1);
    expect(cookies[0]).toMatch(/^__Host-session=v1\.[\w-]+; path=\/; .*samesite=lax; secure; httponly$/);
  });

  it('says without a trusted proxy what to set, at start and in the log of the failed request', async () => {
    const { server, logged } = await serve(
      { ...PRODUCTION, trustProxy: false },
      { users: demoUsers(quickPasswords) },
    );
    expect(logged.join()).toContain('TRUST_PROXY=true');
    const login = request(server).post('/login').set(OVER_TLS).type('form');
    const { text } = await login.send({ name, password }).expect(500);
    expect(text).not.toContain('Secure');
    expect(logged.at(-1)).toContain('set app.proxy = true');
  });
});
