import { once } from 'node:events';
import type { Server } from 'node:http';
import { createApp } from '../src/app.ts';
import { quickPasswords } from '../src/auth/testing/quick-passwords.ts';
import type { Config } from '../src/config.ts';
import { listen } from '../src/http/listen.ts';
import { createLog } from '../src/http/request-log.ts';
import type { AppRedisClient } from '../src/redis/connect.ts';
import { type Clock, createClock } from './clock.ts';

const config: Config = {
  production: false,
  host: '127.0.0.1',
  port: 0,
  keys: ['a key of the end-to-end tests, and of nobody else'],
  sessionStore: 'memory',
  logLevel: 'error',
  trustProxy: false,
};

/** The keys that apps begin with, to make what only their owner can make. */
export const { keys } = config;

/** The real app, listening in this process on a port of its own. */
export interface AppServer {
  /** `http://localhost:<port>` */
  url: string;
  clock: Clock;
  /** The keys that it signs and seals with, the newest first. A change counts from the next request on. */
  keys: string[];
  /** What the app has logged as an error: one JSON object a line. */
  errors: string[];
  close(): Promise<void>;
}

/** @param redis where sessions can live as well */
export async function startApp(redis?: AppRedisClient): Promise<AppServer> {
  const clock = createClock();
  const keys = [...config.keys];
  const errors: string[] = [];
  const log = createLog(config.logLevel, { write: (line) => void errors.push(line) });
  const overrides = { now: () => clock.now(), log, redis, passwords: quickPasswords };
  const app = createApp({ ...config, keys }, overrides);
  const { server, url } = await listen(app, config);
  return { url, clock, keys, errors, close: () => close(server) };
}

/** Ends a server, without waiting for connections that browsers keep open. */
export async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
