import { pino } from 'pino';
import { afterAll, beforeAll } from 'vitest';
import { connectRedis, type RedisConnection } from '../connect.ts';
import { parseRedisUrl } from '../redis-target.ts';
import { type RedisServer, startRedisServer } from './redis-server.ts';

/** A server for the tests of a file, and the app's connection to it. */
export function useRedis(): { readonly server: RedisServer; readonly connection: RedisConnection } {
  const used = {} as { server: RedisServer; connection: RedisConnection };
  beforeAll(async () => {
    used.server = await startRedisServer();
    used.connection = await connectRedis(parseRedisUrl(used.server.url), pino({ level: 'silent' }));
  });
  afterAll(async () => {
    used.connection.close();
    await used.server.dispose();
  });
  return used;
}
