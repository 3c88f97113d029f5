import { expect, it } from 'vitest';
import { handleOf } from '../../core/session-id.ts';
import type { SessionWrite, VersionedStore } from '../../core/store.ts';
import { DAY, handlesOf, lifeUntil, requireVersion, type Run, updateFrom, write } from './fixtures.ts';
import { makeRandom, SEED, turns } from './random.ts';

const LOGINS = 20;

/** One of alice's sessions. */
function alice(maxOfUser: number | undefined, more: Partial<SessionWrite> = {}): SessionWrite {
  return write({ user: 'alice' }, { userId: 'alice', maxOfUser, ...more });
}

/** The ids whose sessions can still be read. */
async function thereOf(store: VersionedStore, ids: string[]): Promise<string[]> {
  const found = await Promise.all(ids.map(async (id) => ({ id, stored: await store.read(id) })));
  return found.filter(({ stored }) => typeof stored === 'object').map(({ id }) => id);
}

async function listedIn(store: VersionedStore): Promise<string[]> {
  return (await handlesOf(store, 'alice')).toSorted();
}

function handles(...ids: string[]): string[] {
  return ids.map(handleOf).toSorted();
}

export function describeLimit(run: Run): void {
  /** A store in which alice has these sessions, each older than the next. */
  const runWith = (ids: string[], body: Parameters<Run>[0]): ReturnType<Run> =>
    run(async (opened) => {
      for (const id of ids) {
        await opened.store.create(id, alice(ids.length));
        await opened.advance(20);
      }
      await body(opened);
    });

  it(
    'lose the oldest when the user gets another one',
    runWith(['a1', 'a2', 'a3'], async ({ store, advance }) => {
      await store.create('a4', alice(3));
      expect(await thereOf(store, ['a1', 'a2', 'a3', 'a4'])).toEqual(['a2', 'a3', 'a4']);
      await advance(20);
      await store.create('a5', alice(3));
      expect(await thereOf(store, ['a2', 'a3', 'a4', 'a5'])).toEqual(['a3', 'a4', 'a5']);
      expect(await listedIn(store)).toEqual(handles('a3', 'a4', 'a5'));
    }),
  );

  it.for([undefined, 'bob'])(
    'lose the oldest when a session of %s becomes one of the user',
    async (userId, context) => {
      await runWith(['a1', 'a2'], async ({ store }) => {
        await store.create('id', write({}, { userId, maxOfUser: 2 }));
        await updateFrom(store, 'id', alice(2));
        expect(await thereOf(store, ['a1', 'a2', 'id'])).toEqual(['a2', 'id']);
        expect(await listedIn(store)).toEqual(handles('a2', 'id'));
      })(context);
    },
  );

  it.for(['update', 'touch'] as const)('are as old as their last %s', async (method, context) => {
    await runWith(['a1', 'a2'], async ({ store, advance }) => {
      const { version } = (await store.read('a1')) as { version: string };
      await store[method]('a1', version, alice(2, { life: lifeUntil(DAY + 1000) }));
      await advance(20);
      await store.create('a3', alice(2));
      expect(await thereOf(store, ['a1', 'a2', 'a3'])).toEqual(['a1', 'a3']);
    })(context);
  });

  it(
    'all stay when one of them is saved or touched',
    runWith(['a1', 'a2', 'a3'], async ({ store }) => {
      await updateFrom(store, 'a1', alice(1));
      const { version } = (await store.read('a1')) as { version: string };
      await store.touch('a1', version, alice(1, { life: lifeUntil(2 * DAY) }));
      expect(await listedIn(store)).toEqual(handles('a1', 'a2', 'a3'));
    }),
  );

  it(
    'are reduced to a lowered limit at the next login, and all stay without a limit',
    runWith(['a1', 'a2', 'a3'], async ({ store, advance }) => {
      await store.create('a4', alice(undefined));
      await store.create('a5', alice(Infinity));
      expect(await store.listByUser('alice')).toHaveLength(5);
      await store.destroy('a4');
      await advance(20);
      await store.create('a6', alice(2));
      expect(await listedIn(store)).toEqual(handles('a5', 'a6'));
    }),
  );

  it.for([1, 2, 3])(
    'with a limit of %i never lose the one just written, even if it would expire first',
    async (max, context) => {
      await runWith(['a1', 'a2', 'a3'], async ({ store }) => {
        await store.create('short', alice(max, { ttl: 5000, life: lifeUntil(5000) }));
        const listed = await handlesOf(store, 'alice');
        expect(listed).toHaveLength(max);
        expect(listed).toContain(handleOf('short'));
      })(context);
    },
  );

  it(
    'do not end for sessions that have expired, were destroyed or replaced, or changed users',
    run(async ({ store, advance }) => {
      const created = async (id: string, more?: Partial<SessionWrite>): Promise<void> => {
        await store.create(id, alice(6, more));
        await advance(20);
      };
      await created('first');
      await created('over', { ttl: 1000 });
      for (const id of ['destroyed', 'replaced', 'moved', 'logged out']) await created(id);
      await store.destroy('destroyed');
      await store.destroy('replaced', { replaced: true });
      await updateFrom(store, 'moved', write({}, { userId: 'bob', maxOfUser: 2 }));
      await updateFrom(store, 'logged out', write({}));
      await advance(1100);
      await store.create('second', alice(2));
      expect(await listedIn(store)).toEqual(handles('first', 'second'));
      await store.create('third', alice(2));
      expect(await listedIn(store)).toEqual(handles('second', 'third'));
      expect(await thereOf(store, ['moved', 'logged out'])).toEqual(['moved', 'logged out']);
    }),
  );

  it(
    'do not end for a session that the user has ended',
    runWith(['a1', 'a2', 'a3'], async ({ store }) => {
      await store.destroyByUser('alice', { only: handleOf('a3') });
      await store.create('a4', alice(3));
      expect(await listedIn(store)).toEqual(handles('a1', 'a2', 'a4'));
      await store.destroyByUser('alice', { except: 'a1' });
      for (const id of ['a5', 'a6']) await store.create(id, alice(3));
      expect(await listedIn(store)).toEqual(handles('a1', 'a5', 'a6'));
    }),
  );

  it(
    'do not end for sessions of other users or anonymous ones',
    runWith(['a1'], async ({ store }) => {
      for (const id of ['b1', 'b2']) await store.create(id, write({}, { userId: 'bob', maxOfUser: 2 }));
      for (const id of ['n1', 'n2']) await store.create(id, write({}, { maxOfUser: 1 }));
      expect(await thereOf(store, ['a1', 'b1', 'b2', 'n1', 'n2'])).toHaveLength(5);
    }),
  );

  it(
    'do not end for a write that fails, or for a session that ends at once',
    runWith(['a1', 'a2'], async ({ store }) => {
      const former = requireVersion(await store.create('id', write({ n: 1 })));
      await updateFrom(store, 'id', write({ n: 2 }));
      expect(await store.create('a1', alice(1))).toBeUndefined();
      expect(await store.update('id', former, alice(1))).toMatchObject({ kind: 'changed' });
      expect(await store.update('none', former, alice(1))).toEqual({ kind: 'gone' });
      await store.create('over', alice(1, { ttl: 0 }));
      expect(await listedIn(store)).toEqual(handles('a1', 'a2'));
    }),
  );

  it(
    'end for good: a request under way does not bring one back, and its id is free',
    runWith(['a1', 'a2'], async ({ store }) => {
      const { version } = (await store.read('a1')) as { version: string };
      await store.create('a3', alice(2));
      expect(await store.read('a1')).toBeUndefined();
      expect(await store.update('a1', version, alice(2))).toEqual({ kind: 'gone' });
      expect(await store.touch('a1', version, alice(2))).toEqual({ kind: 'gone' });
      expect(await store.destroy('a1', { version })).toEqual({ kind: 'gone' });
      expect(await listedIn(store)).toEqual(handles('a2', 'a3'));
      // The late writes do not count.
      await store.create('a4', alice(3));
      expect(await listedIn(store)).toEqual(handles('a2', 'a3', 'a4'));
      expect(await store.create('a1', alice(4))).toBeDefined();
      expect(await listedIn(store)).toEqual(handles('a1', 'a2', 'a3', 'a4'));
    }),
  );

  it(
    `are five after ${LOGINS} parallel logins (seed ${SEED})`,
    runWith(['a1', 'a2', 'a3'], async ({ store }) => {
      const random = makeRandom(SEED);
      const ids = Array.from({ length: LOGINS }, (_, nth) => `id-${nth}`);
      for (const id of ids.slice(LOGINS / 2)) await store.create(id, write({}));
      await Promise.all(
        ids.map(async (id, nth) => {
          await turns(random);
          if (nth < LOGINS / 2) await store.create(id, alice(5));
          else await updateFrom(store, id, alice(5));
        }),
      );
      const there = await thereOf(store, ids);
      expect(there).toHaveLength(5);
      expect(await listedIn(store)).toEqual(handles(...there));
      expect(await thereOf(store, ['a1', 'a2', 'a3'])).toEqual([]);
    }),
  );
}

export function describeNoLimit(run: Run): void {
  it(
    'are not counted: none ends for another',
    run(async ({ store }) => {
      for (const id of ['a1', 'a2']) await store.create(id, alice(1));
      expect(await thereOf(store, ['a1', 'a2'])).toEqual(['a1', 'a2']);
    }),
  );
}
