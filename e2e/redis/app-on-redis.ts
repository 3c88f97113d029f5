import { parseRedisUrl } from '../../src/redis/redis-target.ts';
import { type RedisServer, startRedisServer } from '../../src/redis/testing/redis-server.ts';
import { type AppServer, startApp } from '../app-server.ts';

/** The real app, with its sessions in a real Redis of its own. */
export interface AppOnRedis extends AppServer {
  redis: RedisServer;
}

/** @param settings of the Redis server, as lines of `redis.conf` */
export async function startAppOnRedis(...settings: string[]): Promise<AppOnRedis> {
  const redis = await startRedisServer(...settings);
  const app = await startApp({ sessionStore: 'redis', redis: parseRedisUrl(redis.url) });
  const close = async (): Promise<void> => {
    await app.close();
    await redis.dispose();
  };
  return { ...app, redis, close };
}
