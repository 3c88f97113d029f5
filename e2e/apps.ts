import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { type AppServer, startApp } from './app-server.ts';
import { startAppOnRedis } from './redis/app-on-redis.ts';

/** How the app is started on each storage. */
const apps = {
  memory: () => startApp({ sessionStore: 'memory' }),
  cookie: () => startApp({ sessionStore: 'cookie' }),
  redis: () => startAppOnRedis(),
};

export type StorageName = keyof typeof apps;

const isStorage = (name: string): name is StorageName => name in apps;

/**
 * The storages to test on: what SESSION_STORE says in .env.example. The environment can name others, e.g.
 * E2E_STORAGES=memory,cookie.
 */
export const allStorages = storagesToTest().filter(isStorage);

/** Two of them, for what is the same on all but for words. */
export const storages = allStorages.slice(0, 2);

function storagesToTest(): string[] {
  const configured =
    process.env['E2E_STORAGES'] ?? parseEnv(readFileSync('.env.example', 'utf8'))['SESSION_STORE'];
  return (configured ?? 'memory').split(',');
}

/** Starts the app with its sessions there. */
export function startAppOn(storage: StorageName): Promise<AppServer> {
  return apps[storage]();
}
