import { createClient } from 'redis';
import { afterAll, beforeAll, describe } from 'vitest';
import { hasRedisServer, type RedisServer, startRedisServer } from './redis-server.ts';
import { RedisStore } from './redis.ts';
import { storeContract } from './store-contract.ts';

const DAY = 86_400_000;

/** What the passing of time does to the keys with a prefix. KEYS are those, ARGV the ms. */
const AGE = `
for _, key in ipairs(KEYS) do
  if redis.call('TYPE', key).ok == 'zset' then
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do
      redis.call('ZINCRBY', key, -ARGV[1], member)
    end
  end
  local left = redis.call('PTTL', key) - ARGV[1]
  if left > 0 then redis.call('PEXPIRE', key, left) else redis.call('DEL', key) end
end`;

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
      advance: async (ms) => {
        await client.eval(AGE, { keys: await client.keys(`${prefix}*`), arguments: [String(ms)] });
      },
    };
  });
});
