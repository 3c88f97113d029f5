import { createClient } from 'redis';
import { afterAll, beforeAll, describe } from 'vitest';
import { age } from './redis-aging.ts';
import { hasRedisServer, type RedisServer, startRedisServer } from './redis-server.ts';
import { RedisStore } from './redis.ts';
import { storeContract } from './store-contract.ts';

const DAY = 86_400_000;

function connectTo({ url }: RedisServer) {
  return createClient({ url }).connect();
}

describe.skipIf(!hasRedisServer())('on a server of its own', () => {
  let server: RedisServer;
  let client: Awaited<ReturnType<typeof connectTo>>;
  let made = 0;

  beforeAll(async () => {
    server = await startRedisServer();
    client = await connectTo(server);
  });

  afterAll(async () => {
    client.destroy();
    await server.dispose();
  });

  storeContract('RedisStore', () => {
    const prefix = `${(made += 1)}:`;
    return {
      store: new RedisStore({ client, prefix, maxTtl: 4000 * DAY }),
      advance: (ms) => age(client, prefix, ms),
    };
  });
});
