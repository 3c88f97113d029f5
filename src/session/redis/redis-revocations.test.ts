import fc from 'fast-check';
import { createClient } from 'redis';
import { describe, expect, it } from 'vitest';
import { MemoryRevocations } from '../revocations/memory-revocations.ts';
import { RedisRevocations } from './redis-revocations.ts';
import type { RevocableSession } from '../core/store.ts';
import { handleOf } from '../core/session-id.ts';
import { OTHER_TYPES, type Plant, useRedis, watchWarnings } from '../testing/redis-fixtures.ts';
import { hasRedisServer } from '../testing/redis-server.ts';
import { userKey } from './redis-text.ts';

const SEED = Number(process.env['REVOCATIONS_SEED'] || Date.now() % 2 ** 31);
const END = 1_000_000;
const MINUTE = 60_000;
const MAX_TTL = 34_560_000_000;

describe.skipIf(!hasRedisServer())('revocations in Redis', () => {
  const redis = useRedis();
  let made = 0;

  /** Two processes on the same keys. */
  function makeTwo(now = 0): [RedisRevocations, RedisRevocations, prefix: string] {
    const prefix = `${(made += 1)}:`;
    const options = { client: redis.client, prefix, now: () => now, timeout: 60_000 };
    return [new RedisRevocations(options), new RedisRevocations(options), prefix];
  }

  const ID = fc.constantFrom('a', 'b', 'c');
  const USER = fc.option(fc.constantFrom('ann', 'bob'), { nil: undefined });
  const TIME = fc.nat(5);
  const CALL = fc.oneof(
    fc.record({ id: ID, createdAt: TIME, userId: USER }),
    fc.record({ user: fc.constantFrom('ann', 'bob'), upTo: TIME, except: fc.option(ID, { nil: undefined }) }),
  );

  it(`end the same sessions as revocations in memory, after any calls (seed ${SEED})`, async () => {
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

  it('compare times since 1970 to the millisecond', async () => {
    const now = 1_900_000_000_123;
    const [one, other] = makeTwo(now);
    await one.revokeUser('ann', now, now + END);
    await one.revokeUser('ann', now - 1, now + END, 'a');
    const created = (createdAt: number) => other.isRevoked({ id: 'a', createdAt, userId: 'ann' });
    expect(await Promise.all([now, now + 1].map(created))).toEqual([true, false]);
  });

  it('end all sessions of a user for good with an infinite time, whatever is revoked later', async () => {
    const [one, other] = makeTwo();
    await one.revokeUser('ann', Infinity, END);
    await one.revokeUser('ann', 5, END, 'a');
    expect(await other.isRevoked({ id: 'b', createdAt: 1e15, userId: 'ann' })).toBe(true);
  });

  it('are kept until the latest end of any of them, and leave nothing behind', async () => {
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

  it('hold neither ids nor user ids', async () => {
    const [one, , prefix] = makeTwo();
    await one.revoke({ id: 'sid-secret', createdAt: 0, userId: 'ann@example.org' }, END);
    await one.revokeUser('ann@example.org', 1, END, 'sid-secret');
    const keys = await redis.client.keys(`${prefix}*`);
    expect(keys).toHaveLength(2);
    const all = [...keys, ...(await Promise.all(keys.map((key) => redis.client.get(key))))].join('\n');
    expect(all).not.toMatch(/secret|ann/);
  });

  describe('overwritten by something else:', () => {
    const texts: [string, string][] = [
      ['an empty string', ''],
      ['a text', 'foreign'],
      ['the value of one ended session', '1'],
      ['one that was cut off after a word', '5'],
      ['one that was cut off after two words', `5 ${handleOf('a')}`],
      ['one with a fourth word', '5 - -1 6'],
      ['one with a line break at its end', '5 - -1\n'],
      ['one with a blank before it', ' 5 - -1'],
      ['one with a tab in it', '5\t- -1'],
      ['one with an infinite time', '1e999 - -1'],
      ['one with a time that is not a number', 'nan - -1'],
      ['one without a time', '- - -1'],
      ['one with a time in hex', '0x5 - -1'],
      ['one with a time of too many digits', `${'9'.repeat(400)} - -1`],
      ['one with a second time that is not a number', `5 ${handleOf('a')} nan`],
      ['one with an infinite second time', `5 ${handleOf('a')} 1e999`],
      ['one with a character that no handle has', '5 \u00a0 -1'],
      ['one with a megabyte at its end', `5 - -1${'x'.repeat(1_000_000)}`],
    ];
    const unreadable: [name: string, plant: Plant, text?: string][] = [
      ...OTHER_TYPES,
      ...texts.map(([name, text]): [string, Plant, string] => [
        name,
        (client, key) => client.set(key, text),
        text,
      ]),
    ];

    it.for(unreadable)(
      '%s ends the sessions of its user until revokeUser() repairs it',
      async ([, plant]) => {
        const warnings = watchWarnings();
        const [one, other, prefix] = makeTwo();
        const key = `${prefix}ended-of:${userKey('ann')}`;
        await plant(redis.client, key);
        const isEnded = (id: string, createdAt: number, userId = 'ann') =>
          other.isRevoked({ id, createdAt, userId });
        expect([await isEnded('a', 1), await isEnded('b', 1e15)]).toEqual([true, true]);
        expect(warnings).toEqual(Array(2).fill(expect.stringContaining(`'${key}'`)));
        expect(await isEnded('c', 1, 'bob')).toBe(false);
        await one.revokeUser('ann', 6, END, 'spared');
        const repaired = [await isEnded('a', 6), await isEnded('a', 7), await isEnded('spared', 6)];
        expect(repaired).toEqual([true, false, false]);
        // The end of the overwritten revocation is unknown.
        expect(await redis.client.pTTL(key)).toBeGreaterThan(MAX_TTL - MINUTE);
        expect(warnings).toHaveLength(2);
      },
    );

    it.for(unreadable.filter(([, , text]) => text !== '1'))(
      '%s under the key of a session ends that session, and revoke() repairs it',
      async ([, plant]) => {
        const warnings = watchWarnings();
        const [one, other, prefix] = makeTwo();
        const key = `${prefix}ended:${handleOf('a')}`;
        await plant(redis.client, key);
        const a = { id: 'a', createdAt: 1, userId: 'ann' };
        const b = { ...a, id: 'b' };
        expect(await Promise.all([a, b].map((session) => other.isRevoked(session)))).toEqual([true, false]);
        expect(warnings).toEqual([expect.stringContaining(`'${key}'`)]);
        await one.revoke(a, END);
        expect(await other.isRevoked(a)).toBe(true);
        expect(warnings).toHaveLength(1);
        expect(await redis.client.get(key)).toBe('1');
      },
    );
  });

  it(`are read by JavaScript as Lua reads them (seed ${SEED})`, async () => {
    const piece = fc.constantFrom(
      '5',
      '-1',
      '.5',
      '-',
      ' ',
      ' ',
      handleOf('a'),
      '1e9',
      '0x5',
      'nan',
      '\n',
      'é',
    );
    const warnings = watchWarnings();
    let readable = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 4, maxLength: 7 }), async (pieces) => {
        const [one, other, prefix] = makeTwo();
        const key = `${prefix}ended-of:${userKey('ann')}`;
        await redis.client.set(key, pieces.join(''), { PX: END });
        warnings.length = 0;
        await other.isRevoked({ id: 'a', createdAt: 1, userId: 'ann' });
        await one.revokeUser('ann', 1, END);
        const isKept = (await redis.client.pTTL(key)) <= END;
        expect(warnings).toHaveLength(isKept ? 0 : 1);
        if (isKept) readable += 1;
      }),
      { seed: SEED, numRuns: 500, examples: [[['5', ' ', '-', ' ', '-1']]] },
    );
    expect(readable).toBeGreaterThan(0);
  });

  it('whose keys have lost their time to live get the longest one', async () => {
    const [one, , prefix] = makeTwo();
    const revokeAll = async (until: number): Promise<void> => {
      await one.revoke({ id: 'a', createdAt: 0, userId: 'ann' }, until);
      await one.revokeUser('ann', 1, until);
    };
    await revokeAll(5000);
    const keys = await redis.client.keys(`${prefix}*`);
    for (const key of keys) await redis.client.persist(key);
    await revokeAll(4000);
    expect(keys).toHaveLength(2);
    for (const key of keys) expect(await redis.client.pTTL(key)).toBeGreaterThan(MAX_TTL - MINUTE);
  });

  it('fail when Redis fails', async () => {
    const broken = createClient({ url: redis.server.url, disableOfflineQueue: true });
    const revocations = new RedisRevocations({ client: broken });
    const session = { id: 'a', createdAt: 0, userId: 'ann' };
    await expect(revocations.isRevoked(session)).rejects.toThrow(/closed|offline/i);
    await expect(revocations.revoke(session, END)).rejects.toThrow(/closed|offline/i);
  });
});
