import type Koa from 'koa';
import { pino } from 'pino';
import request from 'supertest';
import { createApp, type Overrides } from '../app.ts';
import { quickPasswords } from '../auth/testing/quick-passwords.ts';
import { demoUsers, noUsers } from '../auth/users.ts';
import { type Config, isLocal } from '../config.ts';
import { localNames } from '../storages/storages.ts';

export const DEVELOPMENT: Config = {
  production: false,
  host: '127.0.0.1',
  port: 0,
  keys: ['a key of more than thirty-two characters'],
  sessionStore: localNames[0],
  logLevel: 'warn',
  trustProxy: false,
};
export const PRODUCTION: Config = { ...DEVELOPMENT, production: true, trustProxy: true };

/** The header of a proxy that terminates TLS. */
export const OVER_TLS = { 'X-Forwarded-Proto': 'https' };

/**
 * The app without a network: a client with a cookie jar, and what the app has logged from `warn` on.
 *
 * @param overrides by default the only user is the demo account, or nobody where others can reach the app
 * @param pages middleware after the pages of the app
 */
export function testApp(config: Partial<Config> = {}, overrides: Overrides = {}, ...pages: Koa.Middleware[]) {
  const logged: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) });
  const all = { ...DEVELOPMENT, ...config };
  const users = isLocal(all) ? demoUsers(quickPasswords) : noUsers();
  const app = createApp(all, { log, users, passwords: quickPasswords, ...overrides });
  for (const page of pages) app.use(page);
  return { browser: request.agent(app.callback()), logged };
}
