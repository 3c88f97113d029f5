import { createClient } from 'redis';
import { type RedisClient, RedisStore } from '../../src/session/index.ts';
import type { SessionWrite } from '../../src/session/core/store.ts';
import { write } from '../../src/session/testing/redis-fixtures.ts';
import { type RedisServer, startRedisServer } from '../../src/session/testing/redis-server.ts';

export type Client = Awaited<ReturnType<typeof connectTo>>;

export function connectTo(url: string) {
  return createClient({ url }).connect();
}

/** Starts a Redis server for `work` alone, with a client of it. */
export async function withServer<Result>(
  settings: string[],
  work: (client: Client, server: RedisServer) => Promise<Result>,
): Promise<Result> {
  const server = await startRedisServer(...settings);
  const client = await connectTo(server.url);
  try {
    return await work(client, server);
  } finally {
    client.destroy();
    await server.dispose();
  }
}

/** A store whose timeout a busy machine does not reach. */
export function storeOn(client: RedisClient): RedisStore {
  return new RedisStore({ client, timeout: 60_000 });
}

/** @param bytes of data, as JSON */
export function sessionOf(bytes: number, userId?: string): SessionWrite {
  const rest = JSON.stringify({ userId, filler: '' }).length;
  return write({ userId, filler: 'x'.repeat(bytes - rest) }, { userId });
}

/** Looks up what the server reports about itself, such as `used_memory` or `cmdstat_get:calls`. */
export async function readInfo(client: Client): Promise<(name: string) => number> {
  const info = await client.info('everything');
  return (name) => {
    const [, value] = new RegExp(`^${name}[:=]([\\d.]+)`, 'm').exec(info) ?? [];
    if (value === undefined) throw new Error(`INFO of this Redis server has no ${name}`);
    return Number(value);
  };
}
