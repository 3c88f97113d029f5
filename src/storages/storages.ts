import { cookieStorages } from '../redis/cookie-storage.ts';
import { redisStorages } from '../redis/storage.ts';
import { openCookie } from './cookie.ts';
import { openMemory } from './memory.ts';
import type { Storage, Surroundings } from './storage.ts';

/** Storages that need nothing but this process. The first is the default. */
const localStorages = {
  memory: openMemory,
  cookie: openCookie,
};

/** How to open each storage that SESSION_STORE can name. */
const storages = {
  ...localStorages,
  ...redisStorages,
  ...cookieStorages,
};

export type StorageName = keyof typeof storages;
type LocalName = keyof typeof localStorages;

export const localNames = Object.keys(localStorages) as [LocalName, ...LocalName[]];
export const storageNames = Object.keys(storages) as [StorageName, ...StorageName[]];

/** Opens the storage that SESSION_STORE names. */
export async function openStorage(surroundings: Surroundings): Promise<Storage> {
  return storages[surroundings.config.sessionStore](surroundings);
}

/**
 * Opens a storage that needs no connection.
 *
 * @throws {TypeError} when the storage that SESSION_STORE names needs one
 */
export function openLocal(surroundings: Surroundings): Storage {
  const { sessionStore } = surroundings.config;
  const name = localNames.find((one) => one === sessionStore);
  if (name) return localStorages[name](surroundings);
  throw new TypeError(
    `createApp: sessions live in ${sessionStore}, which needs a connection: pass storage: await openStorage(…)`,
  );
}
