import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type SessionOptions, userSessions } from '../index.ts';
import { bag, setUp } from '../parity/set-up.ts';
import { handleOf } from '../session-id.ts';
import { keep, OTHER_TYPES, type Plant, range, requireStored, useRedis, write } from './redis-fixtures.ts';
import { hasRedisServer } from './redis-server.ts';
import { RedisStore } from './redis.ts';
import { SEED } from './store-contract.ts';

const RECORD = '1 nonce - 1800000000000 1800086400000 86400000 0\n{"n":1}';
const VERSION = 'nonce -';
const MINUTE = 60_000;
const MAX_TTL = 1000 * MINUTE;
const userOf: SessionOptions['userOf'] = (session) => (session as { user?: string }).user;
const alice = (data: unknown = {}) => write(data, { userId: 'alice' });

describe.skipIf(!hasRedisServer())('RedisStore, where something else is in Redis,', () => {
  const redis = useRedis();
  let made = 0;

  function open() {
    const prefix = `${(made += 1)}:`;
    const keyOf = (id: string) => `${prefix}${handleOf(id)}`;
    const { client } = redis;
    const store = new RedisStore({ client, prefix, maxTtl: MAX_TTL, timeout: 10_000 });
    return { client, prefix, keyOf, store };
  }

  const digestOf = (key: string): Promise<unknown> =>
    redis.client.eval("return redis.sha1hex(redis.call('DUMP', KEYS[1]))", { keys: [key], arguments: [] });

  describe('under the key of a session:', () => {
    const texts: [string, string | Buffer][] = [
      ['an empty text', ''],
      ['a text', 'replaced by something'],
      ['the JSON of another store', '{"views":1,"_expire":1800000000000}'],
      ['a record that was cut off', RECORD.slice(0, 40)],
      ['a record without its data', RECORD.slice(0, RECORD.indexOf('\n'))],
      ...['', '[1]', 'null', '"text"', '7'].map((data): [string, string] => [
        `a record with the data '${data}'`,
        RECORD.replace('{"n":1}', data),
      ]),
      ['a record of a format to come', RECORD.replace('1', '2')],
      ['a record with a word too many', RECORD.replace('nonce', 'nonce x')],
      ['a record with a blank before it', ` ${RECORD}`],
      ['a record with a tab in a word', RECORD.replace('nonce', 'non\tce')],
      ['a record with a version that is no text', Buffer.from(RECORD.replace('nonce', '\u00ff'), 'latin1')],
      ...['x', 'nan', 'inf', '1e999', '0x10', '1.2.3', '9'.repeat(400), '1800\u00a0']
        .flatMap((time) => [
          [`a record created at ${time.slice(0, 9)}`, RECORD.replace('1800000000000', time)] as const,
          [`a record that ends at ${time.slice(0, 9)}`, RECORD.replace('1800086400000', time)] as const,
          [`a record with the maxAge ${time.slice(0, 9)}`, RECORD.replace('86400000 ', `${time} `)] as const,
        ])
        .map(([name, text]): [string, string] => [name, text]),
      ['bytes that are no text', Buffer.from(range(256))],
      ['a megabyte', `1 ${'x'.repeat(1_000_000)}`],
    ];

    it.for<[string, Plant]>([
      ...OTHER_TYPES,
      ...texts.map(([name, text]): [string, Plant] => [name, (client, key) => client.set(key, text)]),
    ])('%s reads as invalid and is not there for writes, which leave it alone', async ([, plant]) => {
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

  it('what the server refuses to look at is no session that has gone', async () => {
    const { client, store, prefix } = open();
    await keep(store, 'id', alice());
    await client.aclSetUser('blind', ['on', '>secret', '~*', '+@all', '-get']);
    const blind = client.duplicate({ username: 'blind', password: 'secret' });
    onTestFinished(() => blind.destroy());
    await blind.connect();
    const blindStore = new RedisStore({ client: blind, prefix });
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

    it.for(broken)('%j is left out of the list, and no session that others have changed to', async (data) => {
      const { store } = open();
      const version = await keep(store, 'broken', { ...alice(), data });
      await keep(store, 'whole', alice({ n: 1 }));
      expect(await store.listByUser('alice')).toMatchObject([{ data: '{"n":1}' }]);
      expect(await store.update('broken', 'another -', alice())).toEqual({ kind: 'gone' });
      // It is replaced by who has read it, and ended with all others.
      expect(await store.update('broken', version, alice({ n: 2 }))).toMatchObject({ kind: 'done' });
      expect(await store.listByUser('alice')).toHaveLength(2);
      await keep(store, 'broken too', { ...alice(), data });
      expect(await store.destroyByUser('alice')).toBe(3);
    });

    it.for(broken)('%j starts a new session with an event, and hurts no other of the user', async (data) => {
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
    });
  });
});
