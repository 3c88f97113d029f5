import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type SessionOptions, userSessions } from '../index.ts';
import { bag, setUp } from '../testing/set-up.ts';
import { handleOf } from '../core/session-id.ts';
import { age } from '../testing/redis-aging.ts';
import {
  keep,
  OTHER_TYPES,
  type Plant,
  range,
  requireStored,
  useRedis,
  watchWarnings,
  write,
} from '../testing/redis-fixtures.ts';
import { hasRedisServer } from '../testing/redis-server.ts';
import { userKey } from './redis-text.ts';
import { RedisStore } from './redis-store.ts';
import { SEED } from '../testing/store-contract/index.ts';

const RECORD = '1 nonce - 1800000000000 1800086400000 86400000 0\n{"n":1}';
const VERSION = 'nonce -';
const MINUTE = 60_000;
const MAX_TTL = 1000 * MINUTE;
/** Ends a millisecond later than the other sessions. */
const LATER = { ...write({}).life, idleEndsAt: 1_800_086_400_001 };
const userOf: SessionOptions['userOf'] = (session) => (session as { user?: string }).user;
const alice = (data: unknown = {}) => write(data, { userId: 'alice' });

describe.skipIf(!hasRedisServer())('RedisStore, with foreign values in Redis,', () => {
  const redis = useRedis();
  let made = 0;

  function open() {
    const prefix = `${(made += 1)}:`;
    const keyOf = (id: string) => `${prefix}${handleOf(id)}`;
    const indexOf = (userId: string) => `${prefix}user:${userKey(userId)}`;
    const { client } = redis;
    const store = new RedisStore({ client, prefix, maxTtl: MAX_TTL, timeout: 60_000 });
    return { client, prefix, keyOf, indexOf, store };
  }

  const digestOf = (key: string): Promise<unknown> =>
    redis.client.eval("return redis.sha1hex(redis.call('DUMP', KEYS[1]))", { keys: [key], arguments: [] });

  describe('under the key of a session:', () => {
    const texts: [string, string | Buffer][] = [
      ['an empty string', ''],
      ['a text', 'replaced by something'],
      ['the JSON of another store', '{"views":1,"_expire":1800000000000}'],
      ['a record that was cut off', RECORD.slice(0, 40)],
      ['a record without its data', RECORD.slice(0, RECORD.indexOf('\n'))],
      ...['', '[1]', 'null', '"text"', '7'].map((data): [string, string] => [
        `a record with the data '${data}'`,
        RECORD.replace('{"n":1}', data),
      ]),
      ['a record of a future format', RECORD.replace('1', '2')],
      ['a record with a word too many', RECORD.replace('nonce', 'nonce x')],
      ['a record with a blank before it', ` ${RECORD}`],
      ['a record with a tab in a word', RECORD.replace('nonce', 'non\tce')],
      ['a record with a version that is not UTF-8', Buffer.from(RECORD.replace('nonce', '\u00ff'), 'latin1')],
      ...['x', 'nan', 'inf', '1e999', '0x10', '1.2.3', '9'.repeat(400), '1800\u00a0']
        .flatMap((time) => [
          [`a record created at ${time.slice(0, 9)}`, RECORD.replace('1800000000000', time)] as const,
          [`a record that ends at ${time.slice(0, 9)}`, RECORD.replace('1800086400000', time)] as const,
          [`a record with the maxAge ${time.slice(0, 9)}`, RECORD.replace('86400000 ', `${time} `)] as const,
        ])
        .map(([name, text]): [string, string] => [name, text]),
      ['bytes that are not UTF-8', Buffer.from(range(256))],
      ['a megabyte', `1 ${'x'.repeat(1_000_000)}`],
    ];

    it.for<[string, Plant]>([
      ...OTHER_TYPES,
      ...texts.map(([name, text]): [string, Plant] => [name, (client, key) => client.set(key, text)]),
    ])('%s reads as invalid; writes treat it as missing and leave it unchanged', async ([, plant]) => {
      const { client, store, keyOf } = open();
      const key = keyOf('id');
      await plant(client, key);
      const before = await digestOf(key);
      expect(await store.read('id')).toBe('invalid');
      for (const given of [VERSION, 'non\tce -', '\ufffd -']) {
        expect(await store.update('id', given, write({ n: 2 }))).toEqual({ kind: 'gone' });
        expect(await store.touch('id', given, write({ n: 2 }))).toEqual({ kind: 'gone' });
        expect(await store.destroy('id', { version: given })).toEqual({ kind: 'gone' });
      }
      expect(await store.destroy('id')).toEqual({ kind: 'gone' });
      expect(await store.destroy('id', { replaced: true })).toEqual({ kind: 'gone' });
      expect(await store.create('id', write({ n: 2 }))).toBeUndefined();
      expect(await store.create('id', write({ n: 2 }, { ttl: 0 }))).toBeUndefined();
      expect(await digestOf(key)).toBe(before);
    });

    it(`a record is read by JavaScript as by Lua (seed ${SEED})`, async () => {
      const word = fc.constantFrom(
        '5',
        '-5',
        '1.5',
        '-',
        '.',
        'session',
        '1e9',
        '0x5',
        'nan',
        'é',
        '\u00a0',
        '1\t',
      );
      const { client, store, keyOf } = open();
      let readable = 0;
      const check = async (nonce: string, user: string, created: string, idle: string, maxAge: string) => {
        await client.set(keyOf('id'), `1 ${nonce} ${user} ${created} ${idle} ${maxAge} 0\n{}`);
        const found = await store.read('id');
        const { kind } = await store.destroy('id');
        expect(kind).toBe(found === 'invalid' ? 'gone' : 'done');
        if (kind === 'done') readable += 1;
      };
      await fc.assert(fc.asyncProperty(word, word, word, word, word, check), {
        seed: SEED,
        numRuns: 500,
        examples: [['5', '-', '5', '-', 'session']],
      });
      expect(readable).toBeGreaterThan(0);
    });
  });

  it('a command that the server refuses fails, and does not report the session as gone', async () => {
    const { client, store, prefix } = open();
    await keep(store, 'id', alice());
    await client.aclSetUser('blind', ['on', '>secret', '~*', '+@all', '-get']);
    const blind = client.duplicate({ username: 'blind', password: 'secret' });
    onTestFinished(() => blind.destroy());
    await blind.connect();
    const blindStore = new RedisStore({ client: blind, prefix, timeout: 60_000 });
    for (const call of [
      () => blindStore.update('id', VERSION, write({})),
      () => blindStore.touch('id', VERSION, write({})),
      () => blindStore.destroy('id'),
      () => blindStore.destroyByUser('alice'),
      () => blindStore.create('id', write({})),
    ]) {
      await expect(call()).rejects.toThrow(/can't run this/);
    }
  });

  describe('as the data of a session,', () => {
    const broken = ['{"n":', '{"n":1}}'];

    it.for(broken)('%j is not listed, and counts as gone for a write at another version', async (data) => {
      const { store } = open();
      const version = await keep(store, 'broken', { ...alice(), data });
      await keep(store, 'whole', alice({ n: 1 }));
      expect(await store.listByUser('alice')).toMatchObject([{ data: '{"n":1}' }]);
      expect(await store.update('broken', 'another -', alice())).toEqual({ kind: 'gone' });
      // A request that has read it can replace it, and it is ended with the user's other sessions.
      expect(await store.update('broken', version, alice({ n: 2 }))).toMatchObject({ kind: 'done' });
      expect(await store.listByUser('alice')).toHaveLength(2);
      await keep(store, 'broken too', { ...alice(), data });
      expect(await store.destroyByUser('alice')).toBe(3);
    });

    it.for(broken)(
      '%j starts a new session with an event, and affects no other of the user',
      async (data) => {
        const { store } = open();
        const { app, request } = setUp({ store, userOf });
        const events: unknown[] = [];
        app.on('session:invalid', ({ key }) => events.push(key));
        await request((ctx) => Object.assign(bag(ctx), { user: 'alice' }));
        const { result: id } = await request((ctx) => bag(ctx).externalKey);
        const { version } = await requireStored(store, String(id));
        await store.update(String(id), version, { ...alice(), data });
        const other = setUp({ store, userOf });
        await other.request((ctx) => Object.assign(bag(ctx), { user: 'alice' }));
        const listed = await other.request(async (ctx) => (await userSessions(ctx).list()).length);
        expect(listed.result).toBe(1);
        expect((await request((ctx) => bag(ctx).toJSON())).result).toEqual({});
        expect(events).toEqual([id]);
        expect((await other.request((ctx) => userSessions(ctx).endOthers())).result).toBe(1);
      },
    );
  });

  describe('without a time to live:', () => {
    it.for(['update', 'touch'] as const)(
      'a session gets one by %s, even if its stored life is longer',
      async (method) => {
        const { client, store, keyOf, indexOf } = open();
        const version = await keep(store, 'id', { ...alice(), life: LATER });
        for (const key of [keyOf('id'), indexOf('alice')]) await client.persist(key);
        expect(await store[method]('id', version, alice())).toMatchObject({ kind: 'done' });
        const [session = 0, index = 0] = await Promise.all(
          [keyOf('id'), indexOf('alice')].map((key) => client.pTTL(key)),
        );
        expect(session).toBeGreaterThan(0);
        expect(index).toBeGreaterThan(session);
      },
    );
  });

  describe('under the key of an index:', () => {
    it('members that name no session of the user are ignored, and what they name is unchanged', async () => {
      const { client, store, prefix, indexOf } = open();
      await keep(store, 'a1', alice({ n: 1 }));
      await keep(store, 'b1', write({ n: 2 }, { userId: 'bob' }));
      await keep(store, 'anonymous', write({ n: 3 }));
      await client.hSet(`${prefix}hash`, 'a', 'b');
      const others = [
        '',
        'hash',
        'none',
        '\0\n',
        `user:${userKey('alice')}`,
        ...['b1', 'anonymous'].map(handleOf),
      ];
      const score = Number.MAX_SAFE_INTEGER;
      for (const value of others) await client.zAdd(indexOf('alice'), { value, score });
      expect(await store.listByUser('alice')).toMatchObject([{ handle: handleOf('a1'), data: '{"n":1}' }]);
      expect(await store.destroyByUser('alice')).toBe(1);
      expect(await store.listByUser('alice')).toEqual([]);
      for (const id of ['b1', 'anonymous']) expect(await store.read(id)).toBeDefined();
      expect(await client.exists(`${prefix}hash`)).toBe(1);
    });

    it.for([Infinity, 1e300, 1e18, 4e12 + 0.5, 0.5, -1, -Infinity])(
      'a member with the score %d does not prevent new entries',
      async (score) => {
        const { client, store, indexOf } = open();
        await client.zAdd(indexOf('alice'), { value: 'member', score });
        await keep(store, 'id', alice());
        expect(await client.pTTL(indexOf('alice'))).toBeGreaterThan(0);
        expect(await store.destroyByUser('alice')).toBe(1);
      },
    );

    const unreadable: [string, Plant][] = [
      ...OTHER_TYPES.filter(([name]) => name !== 'a sorted set'),
      ['a text', (client, key) => client.set(key, 'text')],
    ];

    it.for(unreadable)('%s causes an error until a write replaces it', async ([name, plant]) => {
      const warnings = watchWarnings();
      const { client, store, indexOf } = open();
      await keep(store, 'b1', write({}, { userId: 'bob' }));
      const writes: Record<string, () => Promise<unknown>> = {
        create: () => keep(store, 'a2', alice()),
        update: async () => store.update('a1', (await requireStored(store, 'a1')).version, alice()),
        touch: async () => store.touch('a1', (await requireStored(store, 'a1')).version, alice()),
      };
      await keep(store, 'a1', alice());
      for (const [method, repair] of Object.entries(writes)) {
        await client.del(indexOf('alice'));
        await plant(client, indexOf('alice'));
        const expected = new RegExp(`'${indexOf('alice')}'.*WRONGTYPE`);
        await expect(store.listByUser('alice')).rejects.toThrow(expected);
        await expect(store.destroyByUser('alice')).rejects.toThrow(expected);
        // A session that is named by its handle is destroyed without the index.
        expect(await store.destroyByUser('alice', { only: handleOf('b1') })).toBe(0);
        await repair();
        expect(warnings.splice(0), `${method} over ${name}`).toEqual([
          expect.stringContaining(`'${indexOf('alice')}'`),
        ]);
        expect(await store.listByUser('alice')).toHaveLength(1);
      }
      expect(await store.listByUser('bob')).toHaveLength(1);
    });

    it('destroyByUser warns of sessions that a replaced value may have hidden, for twice the life of the new session', async () => {
      watchWarnings();
      const { client, store, prefix, indexOf } = open();
      await keep(store, 'hidden', alice());
      await client.del(indexOf('alice'));
      await client.set(indexOf('alice'), 'text');
      await keep(store, 'a1', alice());
      await keep(store, 'a2', alice());
      await expect(store.destroyByUser('alice')).rejects.toThrow(/2 sessions.* others may remain/);
      expect(await store.listByUser('alice')).toEqual([]);
      expect(await store.read('hidden')).toBeDefined();
      await age(client, prefix, 2 * MAX_TTL - MINUTE);
      await keep(store, 'a3', alice());
      await age(client, prefix, 2 * MINUTE);
      await keep(store, 'a4', alice());
      expect(await store.destroyByUser('alice', { except: 'a3' })).toBe(1);
    });
  });
});
