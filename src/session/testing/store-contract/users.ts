import { expect, it } from 'vitest';
import { handleOf } from '../../core/session-id.ts';
import {
  DAY,
  handlesOf,
  lifeUntil,
  requireStored,
  requireVersion,
  type Run,
  updateFrom,
  write,
} from './fixtures.ts';

export function describeUsers(run: Run): void {
  it(
    'are listed as they are stored, each with the handle of its id',
    run(async ({ store }) => {
      await store.create('a1', write({ n: 1 }, { userId: 'alice' }));
      await store.create('a2', write({ n: 2 }, { userId: 'alice', life: lifeUntil(5) }));
      await store.create('b1', write({ n: 3 }, { userId: 'bob' }));
      await store.create('none', write({ n: 4 }));
      const listed = await store.listByUser('alice');
      expect(listed.toSorted((one, other) => one.data.localeCompare(other.data))).toEqual([
        { handle: handleOf('a1'), ...(await requireStored(store, 'a1')) },
        { handle: handleOf('a2'), ...(await requireStored(store, 'a2')) },
      ]);
    }),
  );

  it(
    'are an empty list for a user without sessions',
    run(async ({ store }) => {
      await store.create('none', write({}));
      for (const userId of ['alice', '', 'undefined', 'null', '__proto__']) {
        expect(await store.listByUser(userId)).toEqual([]);
        expect(await store.destroyByUser(userId)).toBe(0);
      }
      expect(await store.read('none')).toBeDefined();
    }),
  );

  it(
    'are those of exactly this user, whatever the user id',
    run(async ({ store }) => {
      const users = [
        'alice',
        'Alice',
        'alice ',
        '__proto__',
        'constructor',
        '🍪',
        '*',
        'a:b',
        'x'.repeat(1000),
      ];
      for (const userId of users) await store.create(`of ${userId}`, write({ userId }, { userId }));
      for (const userId of users) expect(await handlesOf(store, userId)).toEqual([handleOf(`of ${userId}`)]);
      expect(await store.destroyByUser('alice')).toBe(1);
      expect(await handlesOf(store, 'Alice')).toEqual([handleOf('of Alice')]);
    }),
  );

  it(
    'are those last written with the user id: an update moves a session to another user, to none and back',
    run(async ({ store }) => {
      const handle = handleOf('id');
      await store.create('id', write({ n: 1 }));
      expect(await handlesOf(store, 'alice')).toEqual([]);
      await updateFrom(store, 'id', write({ n: 2 }, { userId: 'alice' }));
      expect(await handlesOf(store, 'alice')).toEqual([handle]);
      await updateFrom(store, 'id', write({ n: 3 }, { userId: 'bob' }));
      expect([await handlesOf(store, 'alice'), await handlesOf(store, 'bob')]).toEqual([[], [handle]]);
      await updateFrom(store, 'id', write({ n: 4 }));
      expect([await handlesOf(store, 'alice'), await handlesOf(store, 'bob')]).toEqual([[], []]);
      expect(await store.destroyByUser('bob')).toBe(0);
      expect(await store.read('id')).toMatchObject({ data: '{"n":4}' });
      await updateFrom(store, 'id', write({ n: 5 }, { userId: 'alice' }));
      expect(await handlesOf(store, 'alice')).toEqual([handle]);
    }),
  );

  it(
    'keep a longer life when they move to another user with a shorter one',
    run(async ({ store, advance }) => {
      await store.create('id', write({ n: 1 }, { ttl: 2000 }));
      const earlier = { life: lifeUntil(DAY - 1000), ttl: 1000 };
      await updateFrom(store, 'id', write({ n: 2 }, { ...earlier, userId: 'alice' }));
      await advance(1500);
      expect(await store.listByUser('alice')).toMatchObject([{ data: '{"n":2}', life: lifeUntil(DAY) }]);
      await advance(600);
      expect(await store.listByUser('alice')).toEqual([]);
    }),
  );

  it(
    'are not moved by writes that fail',
    run(async ({ store }) => {
      const version = requireVersion(await store.create('id', write({ n: 1 }, { userId: 'alice' })));
      await store.create('id', write({ n: 2 }, { userId: 'bob' }));
      await updateFrom(store, 'id', write({ n: 3 }, { userId: 'alice' }));
      await store.update('id', version, write({ n: 4 }, { userId: 'bob' }));
      await store.update('nothing', version, write({ n: 4 }, { userId: 'bob' }));
      expect(await handlesOf(store, 'bob')).toEqual([]);
      expect(await handlesOf(store, 'alice')).toEqual([handleOf('id')]);
    }),
  );

  it(
    'stay listed when they are touched',
    run(async ({ store, advance }) => {
      const session = write({ n: 1 }, { userId: 'alice', ttl: 1000 });
      const version = requireVersion(await store.create('id', session));
      await store.touch('id', version, { ...session, life: lifeUntil(2 * DAY), ttl: 60_000 });
      await advance(1100);
      expect(await store.listByUser('alice')).toMatchObject([{ version, life: lifeUntil(2 * DAY) }]);
    }),
  );

  it(
    'are neither listed nor counted once they have expired or were destroyed',
    run(async ({ store, advance }) => {
      await store.create('over', write({}, { userId: 'alice', ttl: 1000 }));
      await store.create('destroyed', write({}, { userId: 'alice' }));
      await store.create('replaced', write({}, { userId: 'alice' }));
      await store.create('there', write({}, { userId: 'alice' }));
      await store.destroy('destroyed');
      await store.destroy('replaced', { replaced: true });
      await advance(1100);
      expect(await handlesOf(store, 'alice')).toEqual([handleOf('there')]);
      expect(await store.destroyByUser('alice')).toBe(1);
    }),
  );

  it(
    'are all destroyed at once, and no other user is logged out',
    run(async ({ store }) => {
      const version = requireVersion(await store.create('a1', write({}, { userId: 'alice' })));
      await store.create('a2', write({}, { userId: 'alice' }));
      await store.create('b1', write({}, { userId: 'bob' }));
      await store.create('none', write({}));
      expect(await store.destroyByUser('alice')).toBe(2);
      expect([await store.read('a1'), await store.read('a2')]).toEqual([undefined, undefined]);
      expect(await store.update('a1', version, write({}, { userId: 'alice' }))).toEqual({ kind: 'gone' });
      expect([await store.read('b1'), await store.read('none')]).not.toContain(undefined);
      expect(await store.listByUser('alice')).toEqual([]);
      expect(await store.destroyByUser('alice')).toBe(0);
    }),
  );

  it(
    'are all destroyed but one, which is named by its id',
    run(async ({ store }) => {
      for (const id of ['a1', 'a2', 'a3']) await store.create(id, write({}, { userId: 'alice' }));
      expect(await store.destroyByUser('alice', { except: 'a2' })).toBe(2);
      expect(await handlesOf(store, 'alice')).toEqual([handleOf('a2')]);
      expect(await store.read('a2')).toBeDefined();
    }),
  );

  it(
    'are all destroyed when the one to spare is not theirs',
    run(async ({ store }) => {
      await store.create('a1', write({}, { userId: 'alice' }));
      await store.create('b1', write({}, { userId: 'bob' }));
      expect(await store.destroyByUser('alice', { except: 'b1' })).toBe(1);
      await store.create('a1', write({}, { userId: 'alice' }));
      expect(await store.destroyByUser('alice', { except: '' })).toBe(1);
      expect(await store.read('b1')).toBeDefined();
    }),
  );

  it(
    'are destroyed one by one, each named by its handle',
    run(async ({ store }) => {
      for (const id of ['a1', 'a2']) await store.create(id, write({}, { userId: 'alice' }));
      expect(await store.destroyByUser('alice', { only: handleOf('a1') })).toBe(1);
      expect(await store.destroyByUser('alice', { only: handleOf('a1') })).toBe(0);
      expect(await handlesOf(store, 'alice')).toEqual([handleOf('a2')]);
    }),
  );

  it(
    "stay when the given handle is another user's or unknown",
    run(async ({ store }) => {
      await store.create('a1', write({}, { userId: 'alice' }));
      await store.create('b1', write({}, { userId: 'bob' }));
      await store.create('none', write({}));
      for (const only of [handleOf('b1'), handleOf('none'), handleOf('never'), 'a1', 'b1', '']) {
        expect(await store.destroyByUser('alice', { only })).toBe(0);
      }
      for (const id of ['a1', 'b1', 'none']) expect(await store.read(id)).toBeDefined();
    }),
  );

  it(
    'stay when the only one to destroy is the one to spare',
    run(async ({ store }) => {
      for (const id of ['a1', 'a2']) await store.create(id, write({}, { userId: 'alice' }));
      expect(await store.destroyByUser('alice', { except: 'a1', only: handleOf('a1') })).toBe(0);
      expect(await store.listByUser('alice')).toHaveLength(2);
    }),
  );
}

export function describeNoUsers(run: Run): void {
  it(
    'cannot be listed, and the error names a store that can',
    run(async ({ store }) => {
      await store.create('id', write({}, { userId: 'alice' }));
      await expect((async () => store.listByUser('alice'))()).rejects.toThrow(/by user.*MemoryStore can/);
      await expect((async () => store.destroyByUser('alice'))()).rejects.toThrow(/by user.*MemoryStore can/);
      expect(await store.read('id')).toBeDefined();
    }),
  );
}
