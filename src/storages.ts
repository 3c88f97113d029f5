import { redisStorages } from './redis/storage.ts';
import { openCookie, openMemory, type Storage, type Surroundings } from './storage.ts';

/** What SESSION_STORE can be, and how each is opened. */
const storages = {
  memory: openMemory,
  cookie: openCookie,
  ...redisStorages,
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
  const { sessionStore } = surroundings.config;
  if (sessionStore === 'memory') return openMemory(surroundings);
  if (sessionStore === 'cookie') return openCookie(surroundings);
  throw new TypeError(
    `createApp: sessions live in ${String(sessionStore)}, which needs a connection: pass storage: await openStorage(…)`,
  );
}
