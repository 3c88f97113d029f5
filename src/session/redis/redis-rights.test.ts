import { readFileSync } from 'node:fs';
import type { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { age } from '../testing/redis-aging.ts';
import { useRedis } from '../testing/redis-fixtures.ts';
import { hasRedisServer } from '../testing/redis-server.ts';
import { storeContract } from '../testing/store-contract/index.ts';
import { RedisRevocations } from './redis-revocations.ts';
import { RedisStore } from './redis-store.ts';

const MANUAL = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const DAY = 86_400_000;

/** One of ann's sessions. */
function of(id: string, stamp?: string) {
  return { id, createdAt: 1, userId: 'ann', stamp };
}

/** The commands that README.md lists for the user of the Redis server, such as `+get`. */
const [, listed = ''] = /^- \*\*Rights\*\*([^]*?)^- /m.exec(MANUAL) ?? [];
const commands = listed.match(/\+[a-z]+/g) ?? [];

describe.runIf(hasRedisServer)('with only the rights that README.md lists', () => {
  const redis = useRedis();
  let client: ReturnType<typeof createClient> | undefined;
  let made = 0;

  beforeAll(async () => {
    await redis.client.aclSetUser('app', ['on', '>secret', '~sess:*', ...commands]);
    client = redis.client.duplicate({ username: 'app', password: 'secret' }) as typeof client;
    await client?.connect();
  });
  afterAll(() => client?.destroy());

  const options = (prefix = `sess:${(made += 1)}:`) => {
    if (!client) throw new Error('the client exists only while the tests run');
    return { client, prefix, timeout: 60_000 };
  };

  it('other commands are refused', async () => {
    await expect(client?.keys('sess:*')).rejects.toThrow(/no permissions/);
  });

  storeContract('RedisStore', () => {
    const { prefix, ...rest } = options();
    return {
      store: new RedisStore({ ...rest, prefix, maxTtl: 4000 * DAY }),
      advance: (ms) => age(redis.client, prefix, ms),
    };
  });

  it('RedisRevocations remembers ended sessions', async () => {
    const revocations = new RedisRevocations(options());
    const until = Date.now() + DAY;
    await revocations.revoke(of('one'), until);
    await revocations.revokeUser('ann', 2, until, 'spared');
    const later = await revocations.stamp('ann');
    const ids = [of('one'), of('two'), of('spared'), of('three', later)];
    const revoked = await Promise.all(ids.map((session) => revocations.isRevoked(session)));
    expect(revoked).toEqual([true, true, false, false]);
  });
});
