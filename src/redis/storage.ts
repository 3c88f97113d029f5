import { z } from 'zod';
import { RedisStore } from '../session/index.ts';
import { commonOptions, type Storage, type Surroundings } from '../storages/storage.ts';
import { connectRedis, type RedisConnection } from './connect.ts';
import { revocationsIn } from './cookie-storage.ts';
import { parseRedisUrl, type RedisTarget, RedisUrlError, schemeOf } from './redis-target.ts';
import { loginCounters } from './shared-limiter.ts';

const DEFAULT_URL = 'redis://127.0.0.1:6379';

/** The settings of Redis in the environment. */
export const redisSettings = {
  REDIS_URL: z
    .string()
    .default(DEFAULT_URL)
    .transform((url, ctx) => {
      try {
        return parseRedisUrl(url);
      } catch (error) {
        if (!(error instanceof RedisUrlError)) throw error;
        // The value itself is not shown: it may contain a password.
        const message = `REDIS_URL is ${JSON.stringify(schemeOf(url))}: ${error.message}.`;
        ctx.addIssue({ code: 'custom', message });
        return z.NEVER;
      }
    }),
};

/**
 * @param settings as they were parsed
 * @param env the environment itself
 * @returns where Redis is; undefined if nothing is kept there
 */
export function redisTarget(
  settings: { SESSION_STORE: string; REDIS_URL: RedisTarget },
  env: Record<string, string | undefined>,
): RedisTarget | undefined {
  const { SESSION_STORE: store, REDIS_URL: target } = settings;
  return store === 'redis' || (store === 'cookie' && env['REDIS_URL'] !== undefined) ? target : undefined;
}

/** The values of SESSION_STORE that need Redis. */
export const redisStorages = { redis: openRedis };

async function openRedis(surroundings: Surroundings): Promise<Storage> {
  const { config, log } = surroundings;
  return redisStorage(surroundings, await connectRedis(config.redis ?? parseRedisUrl(DEFAULT_URL), log));
}

/** For any number of processes. While Redis is unavailable, sessions continue in their cookies. */
export function redisStorage(surroundings: Surroundings, connection: RedisConnection): Storage {
  const { client } = connection;
  return {
    name: 'redis',
    title: 'Redis',
    where: 'In Redis, for all processes of the app. The browser only has the id, sealed.',
    options: {
      ...commonOptions(surroundings),
      store: new RedisStore({ client }),
      onStoreError: 'cookie',
    },
    sharedLimiter: loginCounters(client, surroundings.log),
    ...revocationsIn(client, surroundings),
    close: () => connection.close(),
  };
}
