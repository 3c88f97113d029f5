import { createLog } from '../src/http/request-log.ts';
import { connectRedis } from '../src/redis/connect.ts';
import { parseRedisUrl } from '../src/redis/redis-target.ts';
import { type RedisServer, startRedisServer } from '../src/session/testing/redis-server.ts';
import { type AppServer, startApp } from './app-server.ts';

/** The real app, and a real Redis of its own in which sessions can live, too. */
export interface AppOnRedis {
  app: AppServer;
  redis: RedisServer;
  close(): Promise<void>;
}

/** @param settings of the server, as `redis-server` takes them */
export async function startAppOnRedis(...settings: string[]): Promise<AppOnRedis> {
  const redis = await startRedisServer(...settings);
  const connection = await connectRedis(parseRedisUrl(redis.url), createLog('silent'));
  const app = await startApp(connection.client);
  const close = async (): Promise<void> => {
    await app.close();
    connection.close();
    await redis.dispose();
  };
  return { app, redis, close };
}
