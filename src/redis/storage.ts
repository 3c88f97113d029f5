import { z } from 'zod';
import { logOnce } from '../http/log.ts';
import { RedisRevocations, RedisStore } from '../session/index.ts';
import { openCookie } from '../storages/cookie.ts';
import { commonOptions, type Storage, type Surroundings } from '../storages/storage.ts';
import { connectRedis, type RedisConnection } from './connect.ts';
import { parseRedisUrl, type RedisTarget, RedisUrlError, schemeOf } from './redis-target.ts';
import { sharedLimiter } from './shared-limiter.ts';

const DEFAULT_URL = 'redis://127.0.0.1:6379';

/** What the environment says of Redis. */
export const redisSettings = {
  REDIS_URL: z
    .string()
    .default(DEFAULT_URL)
    .transform((url, ctx) => {
      try {
        return parseRedisUrl(url);
      } catch (error) {
        if (!(error instanceof RedisUrlError)) throw error;
        // Never with the value itself: it may hold a password.
        const message = `REDIS_URL is ${JSON.stringify(schemeOf(url))}: ${error.message}.`;
        ctx.addIssue({ code: 'custom', message });
        return z.NEVER;
      }
    }),
};

/**
 * @param settings as they were read
 * @param env the environment itself
 * @returns where Redis is; undefined if nothing is kept there
 */
export function redisTarget(
  settings: { SESSION_STORE: string; REDIS_URL: RedisTarget },
  env: Record<string, string | undefined>,
): RedisTarget | undefined {
  const isUsed =
    settings.SESSION_STORE === 'redis' ||
    (settings.SESSION_STORE === 'cookie' && env['REDIS_URL'] !== undefined);
  return isUsed ? settings.REDIS_URL : undefined;
}

type Open = (surroundings: Surroundings) => Promise<Storage>;

/** What SESSION_STORE can be with Redis. */
export const redisStorages: { redis: Open; cookie?: Open } = {
  redis: async (surroundings) => redisStorage(surroundings, await connect(surroundings)),
  cookie: async (surroundings) =>
    surroundings.config.redis
      ? cookieStorage(surroundings, await connect(surroundings))
      : openCookie(surroundings),
};

/** For any number of processes. While Redis is unavailable, sessions go on in their cookies. */
export function redisStorage(surroundings: Surroundings, connection: RedisConnection): Storage {
  const store = new RedisStore({ client: connection.client });
  return {
    ...sharedParts(surroundings, connection),
    name: 'redis',
    title: 'Redis',
    where: 'In Redis, for all processes of the app. The browser only has the id, sealed.',
    options: { ...commonOptions(surroundings), store, onStoreError: 'cookie' },
  };
}

/** Sessions in their cookies. All processes remember in Redis which of them were ended. */
function cookieStorage(surroundings: Surroundings, connection: RedisConnection): Storage {
  const local = openCookie(surroundings);
  const shared = sharedParts(surroundings, connection);
  return { ...local, ...shared, options: { ...local.options, revocations: shared.revocations } };
}

function connect({ config, log }: Surroundings): Promise<RedisConnection> {
  return connectRedis(config.redis ?? parseRedisUrl(DEFAULT_URL), log);
}

/** What all processes share through Redis beside the sessions. */
function sharedParts({ log, now }: Surroundings, connection: RedisConnection) {
  const { client } = connection;
  const onFailure = logOnce((error, times) =>
    log.warn({ err: error, times }, 'Redis failed: login attempts are counted in this process only'),
  );
  return {
    revocations: new RedisRevocations({ client, now }),
    sharedLimiter: sharedLimiter(client, { onFailure }),
    close: () => connection.close(),
  };
}
