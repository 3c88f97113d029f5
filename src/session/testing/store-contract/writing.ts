/* oxlint-disable vitest/no-conditional-tests -- the tests depend on what the store can do */
import { expect, it } from 'vitest';
import type { Outcome, SessionWrite, Version, VersionedStore } from '../../core/store.ts';
import {
  DAY,
  lifeUntil,
  requireChanged,
  requireDone,
  requireVersion,
  type Run,
  type StoreContractOptions,
  updateFrom,
  write,
} from './fixtures.ts';

export function describeCreate(
  run: Run,
  { refusesTakenIds, countsUpdates }: Required<StoreContractOptions>,
): void {
  if (refusesTakenIds) {
    it(
      'answers undefined for an id that is taken, and changes nothing',
      run(async ({ store, advance }) => {
        await store.create('id', write({ n: 1 }, { ttl: 60_000 }));
        const former = await store.read('id');
        const second = write({ n: 2 }, { life: lifeUntil(9), ttl: 1000, userId: 'bob' });
        expect(await store.create('id', second)).toBeUndefined();
        await advance(1100);
        expect(await store.read('id')).toEqual(former);
      }),
    );
  } else {
    it(
      'replaces an existing session',
      run(async ({ store }) => {
        await store.create('id', write({ n: 1 }));
        const version = await store.create('id', write({ n: 2 }));
        expect(await store.read('id')).toMatchObject({ data: '{"n":2}', version });
      }),
    );
  }

  it(
    'accepts the id of an expired session',
    run(async ({ store, advance }) => {
      await store.create('id', write({ n: 1 }, { ttl: 1000 }));
      await advance(1100);
      const version = await store.create('id', write({ n: 2 }));
      expect(version).toBeDefined();
      expect(await store.read('id')).toMatchObject({ data: '{"n":2}', version });
    }),
  );

  it(
    'accepts the id of a destroyed session, and does not continue its version',
    run(async ({ store }) => {
      const former = await store.create('id', write({ n: 1 }));
      await store.destroy('id');
      const again = await store.create('id', write({ n: countsUpdates ? 1 : 2 }));
      expect(again).toBeDefined();
      expect(again).not.toBe(former);
      expect(await store.update('id', former ?? '', write({ n: 3 }))).toMatchObject({ kind: 'changed' });
    }),
  );
}

export function describeUpdate(run: Run, { countsUpdates }: Required<StoreContractOptions>): void {
  it(
    'replaces data, life and time to live, and makes another version',
    run(async ({ store, advance }) => {
      const former = requireVersion(await store.create('id', write({ n: 1, old: true }, { ttl: 1000 })));
      const life = lifeUntil(2 * DAY);
      const version = requireDone(await store.update('id', former, write({ n: 2 }, { life, ttl: 60_000 })));
      expect(version).not.toBe(former);
      await advance(1100);
      expect(await store.read('id')).toEqual({ data: '{"n":2}', life, version });
    }),
  );

  it(
    'changes no other session',
    run(async ({ store }) => {
      await store.create('other', write({ n: 1 }));
      const other = await store.read('other');
      await store.create('id', write({ n: 1 }));
      await updateFrom(store, 'id', write({ n: 2 }));
      expect(await store.read('other')).toEqual(other);
    }),
  );

  it(
    'fails when others have changed the session, and returns the current one to go on from',
    run(async ({ store }) => {
      const seen = requireVersion(await store.create('id', write({ n: 1 })));
      await store.update('id', seen, write({ n: 2 }));
      const outcome = await store.update('id', seen, write({ n: 3 }));
      const current = requireChanged(outcome);
      expect(current).toEqual(await store.read('id'));
      expect(current.data).toBe('{"n":2}');
      expect(await store.update('id', current.version, write({ n: 4 }))).toMatchObject({ kind: 'done' });
      expect(await store.read('id')).toMatchObject({ data: '{"n":4}' });
    }),
  );

  if (countsUpdates) {
    it(
      'makes another version although the data is the same',
      run(async ({ store }) => {
        const first = requireVersion(await store.create('id', write({ n: 1 })));
        const second = requireDone(await store.update('id', first, write({ n: 1 })));
        const third = requireDone(await store.update('id', second, write({ n: 1 })));
        expect(new Set([first, second, third]).size).toBe(3);
        expect(await store.update('id', first, write({ n: 2 }))).toMatchObject({ kind: 'changed' });
      }),
    );
  } else {
    it(
      'succeeds when the data was changed and changed back',
      run(async ({ store }) => {
        const seen = requireVersion(await store.create('id', write({ n: 1 })));
        await updateFrom(store, 'id', write({ n: 2 }));
        await updateFrom(store, 'id', write({ n: 1 }));
        expect(await store.update('id', seen, write({ n: 3 }))).toMatchObject({ kind: 'done' });
      }),
    );
  }

  describeGone(run, (store, id, version) => store.update(id, version, write({ n: 9 })));
}

export function describeTouch(run: Run): void {
  it(
    'extends life and time to live; data and version stay',
    run(async ({ store, advance }) => {
      const version = requireVersion(await store.create('id', write({ n: 1 }, { ttl: 1000 })));
      const life = lifeUntil(2 * DAY);
      expect(await store.touch('id', version, write({}, { life, ttl: 60_000 }))).toEqual({
        kind: 'done',
        version,
      });
      await advance(1100);
      expect(await store.read('id')).toEqual({ data: '{"n":1}', life, version });
      expect(await store.update('id', version, write({ n: 2 }))).toMatchObject({ kind: 'done' });
    }),
  );

  it(
    'fails when others have changed the session',
    run(async ({ store }) => {
      const seen = requireVersion(await store.create('id', write({ n: 1 })));
      await store.update('id', seen, write({ n: 2 }));
      const before = await store.read('id');
      const outcome = await store.touch('id', seen, write({}, { life: lifeUntil(3 * DAY), ttl: 3 * DAY }));
      expect(requireChanged(outcome)).toEqual(before);
      expect(await store.read('id')).toEqual(before);
    }),
  );

  it(
    'writes nothing but the life',
    run(async ({ store }) => {
      const version = requireVersion(await store.create('id', write({ n: 1 })));
      await store.touch('id', version, write({ n: 2 }, { life: lifeUntil(2 * DAY) }));
      expect(await store.read('id')).toMatchObject({ data: '{"n":1}', version });
    }),
  );

  describeGone(run, (store, id, version) => store.touch(id, version, write({})));
}

/** The tests of every write at a version. */
export function describeGone(
  run: Run,
  act: (store: VersionedStore, id: string, version: Version) => Outcome | Promise<Outcome>,
): void {
  it(
    'answers gone when there never was a session, and creates none',
    run(async ({ store }) => {
      const version = requireVersion(await store.create('another', write({ n: 1 })));
      expect(await act(store, 'id', version)).toEqual({ kind: 'gone' });
      expect(await store.read('id')).toBeUndefined();
    }),
  );

  it(
    'answers gone when the session was destroyed, and does not bring it back',
    run(async ({ store }) => {
      const version = requireVersion(await store.create('id', write({ n: 1 })));
      await store.destroy('id');
      expect(await act(store, 'id', version)).toEqual({ kind: 'gone' });
      expect(await store.read('id')).toBeUndefined();
    }),
  );

  it(
    'answers gone when the session has expired, and does not bring it back',
    run(async ({ store, advance }) => {
      const version = requireVersion(await store.create('id', write({ n: 1 }, { ttl: 1000 })));
      await advance(1100);
      expect(await act(store, 'id', version)).toEqual({ kind: 'gone' });
      expect(await store.read('id')).toBeUndefined();
    }),
  );
}

export function describeLife(run: Run, method: 'update' | 'touch'): void {
  /** Creates a session with one life and gives it another. */
  const relive = async (
    store: VersionedStore,
    first: Pick<SessionWrite, 'life' | 'ttl'>,
    second: Pick<SessionWrite, 'life' | 'ttl'>,
  ): Promise<void> => {
    const version = requireVersion(await store.create('id', write({ n: 1 }, first)));
    requireDone(
      method === 'update'
        ? await store.update('id', version, write({ n: 2 }, second))
        : await store.touch('id', version, write({}, second)),
    );
  };
  const data = method === 'update' ? '{"n":2}' : '{"n":1}';

  it(
    'is dropped if it ends earlier: the stored life and time to live stay',
    run(async ({ store, advance }) => {
      const longer = { life: lifeUntil(DAY), ttl: 2000 };
      await relive(store, longer, { life: lifeUntil(DAY - 1000), ttl: 1000 });
      await advance(1500);
      expect(await store.read('id')).toMatchObject({ data, life: longer.life });
      await advance(600);
      expect(await store.read('id')).toBeUndefined();
    }),
  );

  it(
    'is dropped if it ends a millisecond earlier',
    run(async ({ store }) => {
      await relive(store, { life: lifeUntil(DAY), ttl: DAY }, { life: lifeUntil(DAY - 1), ttl: DAY });
      expect(await store.read('id')).toMatchObject({ data, life: lifeUntil(DAY) });
    }),
  );

  it(
    'is stored if it ends a millisecond later',
    run(async ({ store }) => {
      await relive(store, { life: lifeUntil(DAY), ttl: DAY }, { life: lifeUntil(DAY + 1), ttl: DAY });
      expect(await store.read('id')).toMatchObject({ data, life: lifeUntil(DAY + 1) });
    }),
  );

  it(
    'may be shorter when its idle timeout is another one',
    run(async ({ store, advance }) => {
      const shorter = { life: lifeUntil(1000, { maxAge: 1000, hasOwnMaxAge: true }), ttl: 1000 };
      await relive(store, { life: lifeUntil(DAY), ttl: DAY }, shorter);
      expect(await store.read('id')).toMatchObject({ data, life: shorter.life });
      await advance(1100);
      expect(await store.read('id')).toBeUndefined();
    }),
  );

  it(
    'may have no end where the stored one had one',
    run(async ({ store, leap }) => {
      const endless = { life: lifeUntil(undefined, { maxAge: 'session' }), ttl: undefined };
      await relive(store, { life: lifeUntil(1000), ttl: 1000 }, endless);
      await leap(3650 * DAY);
      expect(await store.read('id')).toMatchObject({ data, life: endless.life });
    }),
  );

  it(
    'may have an end where the stored one had none',
    run(async ({ store, advance }) => {
      const endless = { life: lifeUntil(undefined, { maxAge: 'session' }), ttl: undefined };
      await relive(store, endless, { life: lifeUntil(1000), ttl: 1000 });
      expect(await store.read('id')).toMatchObject({ data, life: lifeUntil(1000) });
      await advance(1100);
      expect(await store.read('id')).toBeUndefined();
    }),
  );
}
