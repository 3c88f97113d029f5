import type { Config } from './config.ts';
import {
  MemoryRevocations,
  MemoryStore,
  type RedisClient,
  RedisRevocations,
  RedisStore,
  type SessionOptions,
} from './session/index.ts';

export type StorageName = 'memory' | 'cookie' | 'redis';

/** A place where sessions live, with what `session()` needs to put them there. */
export interface Storage {
  name: StorageName;
  options: SessionOptions;
}

/** Whether the server keeps the sessions of a storage, or their cookies do. */
export function keeperOf(storage: StorageName): 'store' | 'cookie' {
  return storage === 'cookie' ? 'cookie' : 'store';
}

/** However often somebody comes back, after 30 days they log in again. */
const ABSOLUTE_MAX_AGE = 30 * 24 * 60 * 60 * 1000;

interface Surroundings {
  /** The clock, ms since 1970. */
  now: () => number;
  redis: RedisClient | undefined;
}

/**
 * Where sessions can live, the configured place first. With Redis there may be several processes, and memory, of which
 * each has its own, is not among them; but for tests, which try all.
 *
 * @throws {TypeError} when sessions are to live in Redis and there is none
 */
export function storagesOf(
  { production, sessionStore }: Config,
  { now, redis: client }: Surroundings,
): [Storage, ...Storage[]] {
  const common: SessionOptions = {
    encrypt: true,
    sameSite: 'lax',
    secure: production,
    absoluteMaxAge: ABSOLUTE_MAX_AGE,
    userOf: ({ userId }) => userId,
    strictData: true,
    now,
  };
  const inMemory: Storage = { name: 'memory', options: { ...common, store: new MemoryStore() } };
  const inRedis: Storage[] = client
    ? [{ name: 'redis', options: { ...common, store: new RedisStore({ client }), onStoreError: 'cookie' } }]
    : [];
  const revocations =
    client && sessionStore !== 'memory'
      ? new RedisRevocations({ client, now })
      : new MemoryRevocations({ now });
  const inCookie: Storage = { name: 'cookie', options: { ...common, revocations } };
  if (sessionStore === 'memory') return [inMemory, inCookie, ...inRedis];
  if (sessionStore === 'cookie') return [inCookie, ...(client ? inRedis : [inMemory])];
  const [first] = inRedis;
  if (!first) throw new TypeError('createApp: sessions that live in Redis need the override redis, a client');
  return [first, inCookie];
}
