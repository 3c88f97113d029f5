import { expect, it } from 'vitest';
import { REPLACED_FOR } from '../../core/store.ts';
import {
  DAY,
  lifeUntil,
  requireChanged,
  requireVersion,
  type Run,
  type StoreContractOptions,
  write,
} from './fixtures.ts';
import { describeGone } from './writing.ts';

export function describeDestroy(run: Run, { missesWhatIsGone }: Required<StoreContractOptions>): void {
  it(
    'removes the session, and no other',
    run(async ({ store }) => {
      await store.create('id', write({ n: 1 }));
      await store.create('other', write({ n: 2 }));
      expect(await store.destroy('id')).toMatchObject({ kind: 'done' });
      expect(await store.read('id')).toBeUndefined();
      expect(await store.read('other')).toMatchObject({ data: '{"n":2}' });
    }),
  );

  const kind = missesWhatIsGone ? 'gone' : 'done';
  it(
    `answers ${kind} when there is no session, or none any more`,
    run(async ({ store, advance }) => {
      expect(await store.destroy('id')).toMatchObject({ kind });
      await store.create('id', write({}));
      await store.destroy('id');
      expect(await store.destroy('id')).toMatchObject({ kind });
      await store.create('id', write({}, { ttl: 1000 }));
      await advance(1100);
      expect(await store.destroy('id')).toMatchObject({ kind });
    }),
  );

  it(
    'with a version removes a session that is still at it, touched or not',
    run(async ({ store }) => {
      const version = requireVersion(await store.create('id', write({ n: 1 })));
      await store.touch('id', version, write({}, { life: lifeUntil(2 * DAY) }));
      expect(await store.destroy('id', { version })).toMatchObject({ kind: 'done' });
      expect(await store.read('id')).toBeUndefined();
    }),
  );

  it(
    'with a version leaves a session that others have changed, and returns it',
    run(async ({ store }) => {
      const version = requireVersion(await store.create('id', write({ n: 1 })));
      await store.update('id', version, write({ n: 2 }));
      const current = requireChanged(await store.destroy('id', { version, replaced: true }));
      expect(current).toEqual(await store.read('id'));
      expect(current.data).toBe('{"n":2}');
      expect(await store.destroy('id', { version: current.version })).toMatchObject({ kind: 'done' });
      expect(await store.read('id')).toBeUndefined();
    }),
  );

  describeGone(run, async (store, id, version) => store.destroy(id, { version }));
}

export function describeReplaced(run: Run, { knowsReplaced }: Required<StoreContractOptions>): void {
  const answer = knowsReplaced ? 'replaced' : undefined;
  it(
    // oxlint-disable-next-line vitest/valid-title -- the title depends on what the store can do
    knowsReplaced ? 'reads as replaced, and is gone for writes' : 'is missing',
    run(async ({ store }) => {
      const version = requireVersion(await store.create('id', write({ n: 1 })));
      expect(await store.destroy('id', { replaced: true })).toMatchObject({ kind: 'done' });
      expect(await store.read('id')).toBe(answer);
      expect(await store.update('id', version, write({ n: 2 }))).toEqual({ kind: 'gone' });
      expect(await store.touch('id', version, write({ n: 2 }))).toEqual({ kind: 'gone' });
      expect(await store.destroy('id', { version })).toEqual({ kind: 'gone' });
      expect(await store.read('id')).toBe(answer);
    }),
  );

  it(
    `${knowsReplaced ? 'reads as replaced' : 'is missing'}, too, when it was destroyed at a version`,
    run(async ({ store }) => {
      const version = requireVersion(await store.create('id', write({ n: 1 })));
      await store.destroy('id', { version, replaced: true });
      expect(await store.read('id')).toBe(answer);
    }),
  );

  it(
    'is forgotten after a minute',
    run(async ({ store, leap }) => {
      // One session would have outlived this time, the other would have expired earlier.
      await store.create('long', write({}, { ttl: DAY }));
      await store.create('short', write({}, { ttl: 1000 }));
      await store.destroy('long', { replaced: true });
      await store.destroy('short', { replaced: true });
      await leap(REPLACED_FOR - 1000);
      expect([await store.read('long'), await store.read('short')]).toEqual([answer, answer]);
      await leap(1000);
      expect([await store.read('long'), await store.read('short')]).toEqual([undefined, undefined]);
    }),
  );

  it(
    'is remembered only if it had a session',
    run(async ({ store, advance }) => {
      await store.destroy('never', { replaced: true });
      await store.create('ended', write({}));
      await store.destroy('ended');
      await store.destroy('ended', { replaced: true });
      await store.create('over', write({}, { ttl: 1000 }));
      await advance(1100);
      await store.destroy('over', { replaced: true });
      for (const id of ['never', 'ended', 'over']) expect(await store.read(id)).toBeUndefined();
    }),
  );
}
