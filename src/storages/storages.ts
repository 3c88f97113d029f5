import { cookieStorages } from '../redis/cookie-storage.ts';
import { redisStorages } from '../redis/storage.ts';
import { openCookie } from './cookie.ts';
import { openMemory } from './memory.ts';
import type { Storage, Surroundings } from './storage.ts';

/** What SESSION_STORE can be, and how each is opened. The first is the default. */
const storages = {
  memory: openMemory,
  cookie: openCookie,
  ...redisStorages,
  ...cookieStorages,
};

export type StorageName = keyof typeof storages;

export const storageNames = Object.keys(storages) as [StorageName, ...StorageName[]];

/** Opens the storage that SESSION_STORE names. */
export async function openStorage(surroundings: Surroundings): Promise<Storage> {
  return storages[surroundings.config.sessionStore](surroundings);
}

/**
 * A storage that needs no connection.
 *
 * @throws {TypeError} when the one that SESSION_STORE names needs one
 */
export function openLocal(surroundings: Surroundings): Storage {
  const name: string = surroundings.config.sessionStore;
  if (name === 'memory') return openMemory(surroundings);
  if (name === 'cookie') return openCookie(surroundings);
  throw new TypeError(
    `createApp: sessions live in ${name}, which needs a connection: pass storage: await openStorage(…)`,
  );
}
