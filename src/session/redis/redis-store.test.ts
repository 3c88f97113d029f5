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

  function open() {
    const { client } = redis;
    const prefix = `${(made += 1)}:`;
    const store = new RedisStore({ client, prefix, timeout: 60_000 });
    const index = `${prefix}user:${userKey('alice')}`;
    const listed = async () => (await store.listByUser('alice')).map(({ handle }) => handle).toSorted();
    return { client, prefix, store, index, listed };
  }

  describe('the index of a user who may have only so many sessions', () => {
    it('has nothing left of what has ended, in a flood of logins and after them', async () => {
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

    it('asks for no session at a login but for those that it ends', async () => {
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

    it('loses the entries of what is over with the next login', async () => {
      const { client, prefix, store, index } = open();
      for (const id of ['a1', 'a2']) await keep(store, id, { ...alice(9), ttl: 1000 });
      await age(client, prefix, 1100);
      await keep(store, 'a3', alice(9));
      // To find them they stay for twice their time; they do not count any more.
      expect(await client.zCard(index)).toBe(3 + 1);
      await age(client, prefix, 1000);
      await keep(store, 'a4', alice(9));
      expect(await client.zCard(index)).toBe(2 + 2);
    });

    it('may count what is gone, which is then asked for once', async () => {
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

    it('may count a session before the user logs in to it: that ends no other', async () => {
      const { client, store, index, listed } = open();
      await keep(store, 'a1', alice(2));
      await client.zAdd(index, { value: `counted:${handleOf('a2')}`, score: -Date.now() - 60_000 });
      await keep(store, 'a2', alice(2));
      expect(await listed()).toEqual(['a1', 'a2'].map(handleOf).toSorted());
    });

    it('is asked for the sessions in it alone, each once, to list them', async () => {
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

    it('is read by a server of the first edition, to which what counts is no session', async () => {
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

    it('counts again from the next login on, after a server of the first edition has cleaned it', async () => {
      const { client, store, index, listed } = open();
      for (const id of ['a1', 'a2']) await keep(store, id, alice(2));
      await client.zRemRangeByScore(index, '-inf', Date.now());
      expect(await listed()).toEqual(['a1', 'a2'].map(handleOf).toSorted());
      for (const id of ['a3', 'a4', 'a5']) await keep(store, id, alice(2));
      expect(await listed()).toEqual(['a1', 'a2', 'a4', 'a5'].map(handleOf).toSorted());
      expect(await store.destroyByUser('alice')).toBe(4);
    });

    it('fails a login whose oldest session cannot be ended, with the error of the server', async () => {
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
    ['no client', {}, /client.get must be a function: give a client of the package redis/],
    ['a prefix that is no text', { prefix: 1 }, /prefix must be a string, got number/],
    ['a timeout of nothing', { timeout: 0 }, /timeout must be a whole number of ms, got 0/],
    ['a maxTtl that is no number', { maxTtl: '1d' }, /maxTtl must be a whole number of ms, got 1d/],
  ])('refuses %s', (what, options, message) => {
    const given = what === 'no client' ? options : { client: redis.client, ...options };
    expect(() => new RedisStore(given as RedisOptions)).toThrow(message);
  });
});

type Call = { keys: string[]; arguments: string[] };

/** The client, which first says for which key it is asked. */
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
