import { RedisRevocations } from '../session/redis/redis-revocations.ts';
import type { RedisClient } from '../session/redis/redis-commands.ts';
import { openCookie } from '../storages/cookie.ts';
import type { Storage, Surroundings } from '../storages/storage.ts';
import { connectRedis } from './connect.ts';
import { loginCounters } from './shared-limiter.ts';

/** Sessions in cookies. With REDIS_URL, Redis remembers for all processes which of them were ended. */
export const cookieStorages: { cookie?: (surroundings: Surroundings) => Promise<Storage> } = {
  async cookie(surroundings) {
    const local = openCookie(surroundings);
    const { config, log } = surroundings;
    if (!config.redis) return local;
    const connection = await connectRedis(config.redis, log);
    const shared = revocationsIn(connection.client, surroundings);
    return {
      ...local,
      ...shared,
      options: { ...local.options, ...shared },
      sharedLimiter: loginCounters(connection.client, log),
      close: () => connection.close(),
    };
  },
};

/** Remembers in Redis, for all processes, which cookie sessions were ended. */
export function revocationsIn(client: RedisClient, { now }: Pick<Surroundings, 'now'>) {
  return { revocations: new RedisRevocations({ client, now }) };
}
