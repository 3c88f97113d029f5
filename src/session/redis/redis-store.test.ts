import { describe, expect, it } from 'vitest';
import { handleOf } from '../core/session-id.ts';
import { age } from '../testing/redis-aging.ts';
import { useRedis } from '../testing/redis-fixtures.ts';
import { hasRedisServer } from '../testing/redis-server.ts';
import type { RedisOptions } from './redis-commands.ts';
import { RedisStore } from './redis-store.ts';
import { storeContract } from '../testing/store-contract/index.ts';

const DAY = 86_400_000;

describe.skipIf(!hasRedisServer())('on a server of its own', () => {
  const redis = useRedis();
  let made = 0;

  storeContract('RedisStore', () => {
    const prefix = `${(made += 1)}:`;
    return {
      store: new RedisStore({ client: redis.client, prefix, maxTtl: 4000 * DAY, timeout: 60_000 }),
      advance: (ms) => age(redis.client, prefix, ms),
    };
  });

  it('holds neither ids nor user ids, but their hashes', async () => {
    const { client } = redis;
    const prefix = `${(made += 1)}:`;
    const store = new RedisStore({ client, prefix, timeout: 60_000 });
    const life = { createdAt: 1, idleEndsAt: 2, maxAge: 3, hasOwnMaxAge: false };
    await store.create('sid-secret', { data: '{}', life, ttl: DAY, userId: 'alice@example.org' });
    const keys = await client.keys(`${prefix}*`);
    const [index = '', session = ''] = keys.toSorted(
      (one, other) => Number(other.includes('user')) - Number(one.includes('user')),
    );
    const all = [...keys, await client.get(session), ...(await client.zRange(index, 0, -1))].join('\n');
    expect(all).toContain(handleOf('sid-secret'));
    expect(all).not.toMatch(/secret|alice|example/);
  });

  it.each<[string, object, RegExp]>([
    ['no client', {}, /client.get must be a function: give a client of the package redis/],
    ['a prefix that is no text', { prefix: 1 }, /prefix must be a string, got number/],
    ['a timeout of nothing', { timeout: 0 }, /timeout must be a whole number of ms, got 0/],
    ['a maxTtl that is no number', { maxTtl: '1d' }, /maxTtl must be a whole number of ms, got 1d/],
  ])('refuses %s', (what, options, message) => {
    const given = what === 'no client' ? options : { client: redis.client, ...options };
    expect(() => new RedisStore(given as RedisOptions)).toThrow(message);
  });
});
