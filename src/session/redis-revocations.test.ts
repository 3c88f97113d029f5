import fc from 'fast-check';
import { createClient } from 'redis';
import { describe, expect, it } from 'vitest';
import { MemoryRevocations } from './memory-revocations.ts';
import { RedisRevocations } from './redis-revocations.ts';
import type { RevocableSession } from './revocations.ts';
import { useRedis } from './stores/redis-fixtures.ts';
import { hasRedisServer } from './stores/redis-server.ts';

const SEED = Number(process.env['REVOCATIONS_SEED'] ?? Date.now() % 2 ** 31);
const END = 1_000_000;

describe.skipIf(!hasRedisServer())('revocations in Redis', () => {
  const redis = useRedis();
  let made = 0;

  /** Two processes on the same keys. */
  function makeTwo(now = 0): [RedisRevocations, RedisRevocations, prefix: string] {
    const prefix = `${(made += 1)}:`;
    const options = { client: redis.client, prefix, now: () => now };
    return [new RedisRevocations(options), new RedisRevocations(options), prefix];
  }

  const ID = fc.constantFrom('a', 'b', 'c');
  const USER = fc.option(fc.constantFrom('ann', 'bob'), { nil: undefined });
  const TIME = fc.nat(5);
  const CALL = fc.oneof(
    fc.record({ id: ID, createdAt: TIME, userId: USER }),
    fc.record({ user: fc.constantFrom('ann', 'bob'), upTo: TIME, except: fc.option(ID, { nil: undefined }) }),
  );

  it(`end what revocations in memory end, whatever is called (seed ${SEED})`, async () => {
    const sessions: RevocableSession[] = ['a', 'b', 'c'].flatMap((id) =>
      ['ann', 'bob', undefined].flatMap((userId) =>
        [0, 1, 2, 3, 4, 5].map((createdAt) => ({ id, userId, createdAt })),
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(CALL, { maxLength: 6 }), async (calls) => {
        const [one, other] = makeTwo();
        const memory = new MemoryRevocations({ now: () => 0 });
        for (const call of calls) {
          for (const revocations of [one, memory]) {
            if ('id' in call) await revocations.revoke(call, END);
            else await revocations.revokeUser(call.user, call.upTo, END, call.except);
          }
        }
        const found = await Promise.all(sessions.map((session) => other.isRevoked(session)));
        expect(found).toEqual(sessions.map((session) => memory.isRevoked(session)));
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  it('tell times since 1970 to the millisecond', async () => {
    const now = 1_900_000_000_123;
    const [one, other] = makeTwo(now);
    await one.revokeUser('ann', now, now + END);
    await one.revokeUser('ann', now - 1, now + END, 'a');
    const created = (createdAt: number) => other.isRevoked({ id: 'a', createdAt, userId: 'ann' });
    expect(await Promise.all([now, now + 1].map(created))).toEqual([true, false]);
  });

  it('end all sessions of a user for good, when they are told so, whatever comes later', async () => {
    const [one, other] = makeTwo();
    await one.revokeUser('ann', Infinity, END);
    await one.revokeUser('ann', 5, END, 'a');
    expect(await other.isRevoked({ id: 'b', createdAt: 1e15, userId: 'ann' })).toBe(true);
  });

  it('count as made where something else has taken their place', async () => {
    const [one, , prefix] = makeTwo();
    await one.revokeUser('ann', 5, END);
    const [key = ''] = await redis.client.keys(`${prefix}*`);
    await redis.client.del(key);
    await redis.client.rPush(key, 'a list');
    expect(await one.isRevoked({ id: 'b', createdAt: 1, userId: 'ann' })).toBe(true);
  });

  it('stay until the latest end that any of them has, and then nothing is left', async () => {
    const [one, , prefix] = makeTwo();
    await one.revoke({ id: 'a', createdAt: 0, userId: undefined }, 5000);
    await one.revokeUser('ann', 1, 9000);
    await one.revokeUser('ann', 2, 4000);
    await one.revoke({ id: 'over', createdAt: 0, userId: undefined }, 0);
    await one.revoke({ id: 'endless', createdAt: 0, userId: undefined }, Infinity);
    const keys = await redis.client.keys(`${prefix}*`);
    const left = (await Promise.all(keys.map((key) => redis.client.pTTL(key)))).toSorted((a, b) => a - b);
    expect(left.map((ms) => Math.ceil(ms / 1000))).toEqual([5, 9, 34_560_000]);
  });

  it('are found by nobody who only knows handles, and name no user', async () => {
    const [one, , prefix] = makeTwo();
    await one.revoke({ id: 'sid-secret', createdAt: 0, userId: 'ann@example.org' }, END);
    await one.revokeUser('ann@example.org', 1, END, 'sid-secret');
    const keys = await redis.client.keys(`${prefix}*`);
    expect(keys).toHaveLength(2);
    const all = [...keys, ...(await Promise.all(keys.map((key) => redis.client.get(key))))].join('\n');
    expect(all).not.toMatch(/secret|ann/);
  });

  it('fail when Redis fails', async () => {
    const broken = createClient({ url: redis.server.url, disableOfflineQueue: true });
    const revocations = new RedisRevocations({ client: broken });
    const session = { id: 'a', createdAt: 0, userId: 'ann' };
    await expect(revocations.isRevoked(session)).rejects.toThrow(/closed|offline/i);
    await expect(revocations.revoke(session, END)).rejects.toThrow(/closed|offline/i);
  });
});
