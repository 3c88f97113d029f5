import { describe, expect, it } from 'vitest';
import { handleOf } from '../core/session-id.ts';
import { age } from '../testing/redis-aging.ts';
import { keep, range, useRedis, write } from '../testing/redis-fixtures.ts';
import { hasRedisServer } from '../testing/redis-server.ts';
import type { RedisClient, RedisOptions } from './redis-commands.ts';
import { RedisStore } from './redis-store.ts';
import { userKey } from './redis-text.ts';
import { storeContract } from '../testing/store-contract/index.ts';

const DAY = 86_400_000;
const alice = (max: number) => write({}, { userId: 'alice', maxOfUser: max });

describe.skipIf(!hasRedisServer())('on a single server', () => {
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

  function open() {
    const { client } = redis;
    const prefix = `${(made += 1)}:`;
    const store = new RedisStore({ client, prefix, timeout: 60_000 });
    const index = `${prefix}user:${userKey('alice')}`;
    const listed = async () => (await store.listByUser('alice')).map(({ handle }) => handle).toSorted();
    return { client, prefix, store, index, listed };
  }

  describe('the index of a user with a limited number of sessions', () => {
    it('keeps nothing of ended sessions, during a flood of logins and after it', async () => {
      const { client, prefix, store, index } = open();
      for (const nth of range(200)) {
        await keep(store, `id-${nth}`, alice(3));
        // One entry to find each session, and one to count it.
        expect(await client.zCard(index)).toBeLessThanOrEqual(2 * 4);
      }
      expect(await client.keys(`${prefix}*`)).toHaveLength(3 + 1);
      await store.destroy('id-199');
      await store.destroyByUser('alice');
      expect(await client.keys(`${prefix}*`)).toEqual([]);
    });

    it('lets a login access no sessions but those that it ends', async () => {
      const { client, prefix, index } = open();
      const keys: string[] = [];
      const store = new RedisStore({
        client: watched(client, (key) => void keys.push(key)),
        prefix,
        timeout: 60_000,
      });
      for (const nth of range(50)) await keep(store, `id-${nth}`, alice(50));
      keys.length = 0;
      await keep(store, 'new', alice(50));
      const sessions = [...new Set(keys)].filter((key) => key !== index);
      expect(sessions.toSorted()).toEqual(['id-0', 'new'].map((id) => prefix + handleOf(id)).toSorted());
      expect(keys.length).toBeLessThanOrEqual(5);
    });

    it('loses the entries of expired sessions at the next login', async () => {
      const { client, prefix, store, index } = open();
      for (const id of ['a1', 'a2']) await keep(store, id, { ...alice(9), ttl: 1000 });
      await age(client, prefix, 1100);
      await keep(store, 'a3', alice(9));
      // Entries stay for twice the life of their sessions; entries that count do not.
      expect(await client.zCard(index)).toBe(3 + 1);
      await age(client, prefix, 1000);
      await keep(store, 'a4', alice(9));
      expect(await client.zCard(index)).toBe(2 + 2);
    });

    it('may count a missing session, which a login then tries to end once', async () => {
      const { client, prefix, index, listed } = open();
      const asked: string[] = [];
      const watching = watched(client, (key) => void asked.push(key));
      const store = new RedisStore({ client: watching, prefix, timeout: 60_000 });
      await keep(store, 'a1', alice(2));
      await client.zAdd(index, { value: `counted:${handleOf('gone')}`, score: -Date.now() - 60_000 });
      for (const id of ['a2', 'a3']) await keep(store, id, alice(2));
      expect(await listed()).toEqual(['a2', 'a3'].map(handleOf).toSorted());
      expect(asked.filter((key) => key === prefix + handleOf('gone'))).toHaveLength(1);
    });

    it('may count a session before its login, which then ends no other session', async () => {
      const { client, store, index, listed } = open();
      await keep(store, 'a1', alice(2));
      await client.zAdd(index, { value: `counted:${handleOf('a2')}`, score: -Date.now() - 60_000 });
      await keep(store, 'a2', alice(2));
      expect(await listed()).toEqual(['a1', 'a2'].map(handleOf).toSorted());
    });

    it('is listed with one command for the index, and one for each session in it', async () => {
      const { client, prefix, store, index } = open();
      for (const id of ['a1', 'a2']) await keep(store, id, alice(2));
      const asked: string[] = [];
      const other = new RedisStore({
        client: watched(client, (key) => void asked.push(key)),
        prefix,
        timeout: 60_000,
      });
      expect(await other.listByUser('alice')).toHaveLength(2);
      expect(asked.toSorted()).toEqual(
        [index, ...['a1', 'a2'].map((id) => prefix + handleOf(id))].toSorted(),
      );
    });

    it('can be read by a server of the first edition, which finds no sessions for entries that count', async () => {
      const { client, prefix, store, index } = open();
      for (const id of ['a1', 'a2']) await keep(store, id, alice(2));
      const found = await Promise.all(
        (await client.zRange(index, 0, -1)).map(async (member) => [
          member,
          await client.exists(prefix + member),
        ]),
      );
      expect(found.filter(([, exists]) => exists).map(([member]) => member)).toEqual(
        expect.arrayContaining(['a1', 'a2'].map(handleOf)),
      );
      expect(found.filter(([, exists]) => !exists)).toHaveLength(2);
    });

    it('counts again from the next login on, after a server of the first edition has removed the entries that count', async () => {
      const { client, store, index, listed } = open();
      for (const id of ['a1', 'a2']) await keep(store, id, alice(2));
      await client.zRemRangeByScore(index, '-inf', Date.now());
      expect(await listed()).toEqual(['a1', 'a2'].map(handleOf).toSorted());
      for (const id of ['a3', 'a4', 'a5']) await keep(store, id, alice(2));
      expect(await listed()).toEqual(['a1', 'a2', 'a4', 'a5'].map(handleOf).toSorted());
      expect(await store.destroyByUser('alice')).toBe(4);
    });

    it('lets a login fail with the error of the server if the oldest session cannot be ended', async () => {
      const { client, prefix, store, listed } = open();
      await keep(store, 'a1', alice(1));
      const broken = watched(client, (key) => {
        if (key === prefix + handleOf('a1')) throw new Error('this node is down');
      });
      const other = new RedisStore({ client: broken, prefix, timeout: 60_000 });
      await expect(other.create('a2', alice(1))).rejects.toThrow('this node is down');
      expect(await listed()).toHaveLength(2);
    });
  });

  it.each<[string, object, RegExp]>([
    ['no client', {}, /client.get must be a function: pass a client of the package redis/],
    ['a prefix that is not a string', { prefix: 1 }, /prefix must be a string, got number/],
    ['a timeout of 0', { timeout: 0 }, /timeout must be a whole number of ms, got 0/],
    ['a maxTtl that is not a number', { maxTtl: '1d' }, /maxTtl must be a whole number of ms, got 1d/],
  ])('refuses %s', (what, options, message) => {
    const given = what === 'no client' ? options : { client: redis.client, ...options };
    expect(() => new RedisStore(given as RedisOptions)).toThrow(message);
  });
});

type Call = { keys: string[]; arguments: string[] };

/** A client that notes the key of each command. */
function watched(client: RedisClient, note: (key: string) => void): RedisClient {
  const noted = (call: Call): Call => {
    call.keys.forEach(note);
    return call;
  };
  return {
    get: async (key) => {
      note(key);
      return client.get(key);
    },
    evalSha: async (sha1, call) => client.evalSha(sha1, noted(call)),
    eval: async (source, call) => client.eval(source, noted(call)),
    zRange: async (key, min, max) => {
      note(key);
      return client.zRange(key, min, max);
    },
    zRem: async (key, members) => client.zRem(key, members),
  };
}
