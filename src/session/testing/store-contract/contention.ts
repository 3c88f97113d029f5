import { expect, it } from 'vitest';
import { handleOf } from '../../core/session-id.ts';
import type { Outcome, VersionedStore } from '../../core/store.ts';
import {
  DAY,
  lifeUntil,
  requireStored,
  requireVersion,
  type Run,
  type StoreContractOptions,
  write,
} from './fixtures.ts';
import { makeRandom, SEED, turns } from './random.ts';

const PARALLEL = 50;
const ROUNDS = 20;

export function describeContention(run: Run, able: Required<StoreContractOptions>): void {
  it(
    `${PARALLEL} counts on one session add up to ${PARALLEL} while it is touched`,
    run(async ({ store }) => {
      const random = makeRandom(SEED);
      await store.create('id', write({ n: 0 }));
      const extend = async (nth: number): Promise<void> => {
        await turns(random);
        const found = await requireStored(store, 'id');
        await turns(random);
        await store.touch('id', found.version, write({}, { life: lifeUntil(DAY + nth) }));
      };
      await Promise.all(
        Array.from({ length: PARALLEL }, (_, nth) => [count(store, 'id', random), extend(nth)]).flat(),
      );
      expect(await store.read('id')).toMatchObject({ data: JSON.stringify({ n: PARALLEL }) });
    }),
  );

  it(
    'of updates at one version only one succeeds',
    run(async ({ store }) => {
      const random = makeRandom(SEED);
      const version = requireVersion(await store.create('id', write({ n: 0 })));
      const outcomes = await Promise.all(
        Array.from({ length: PARALLEL }, async (_, nth) => {
          await turns(random);
          return store.update('id', version, write({ n: nth + 1 }));
        }),
      );
      const done = outcomes.findIndex(({ kind }) => kind === 'done');
      expect(outcomes.filter(({ kind }) => kind === 'changed')).toHaveLength(PARALLEL - 1);
      expect(await store.read('id')).toMatchObject({ data: JSON.stringify({ n: done + 1 }) });
    }),
  );

  it(
    `of creates with one id ${able.refusesTakenIds ? 'only one succeeds' : 'the last one counts'}`,
    run(async ({ store }) => {
      const random = makeRandom(SEED);
      const versions = await Promise.all(
        Array.from({ length: PARALLEL }, async (_, nth) => {
          await turns(random);
          return store.create('id', write({ nth }));
        }),
      );
      const created = versions.filter((version) => version !== undefined);
      expect(created).toHaveLength(able.refusesTakenIds ? 1 : PARALLEL);
      const found = await requireStored(store, 'id');
      expect(found.data).toBe(JSON.stringify({ nth: versions.indexOf(found.version) }));
    }),
  );

  it(
    'a session that is destroyed during updates never comes back',
    run(async ({ store }) => {
      const random = makeRandom(SEED);
      for (let round = 0; round < ROUNDS; round += 1) {
        const id = `id-${round}`;
        await store.create(id, write({ n: 0 }, { userId: 'alice' }));
        const end = async (): Promise<Outcome> => {
          await turns(random);
          return store.destroy(id, { replaced: round % 2 === 0 });
        };
        const updates = Array.from({ length: 5 }, () => count(store, id, random));
        const [outcome] = await Promise.all([end(), ...updates]);
        expect(outcome, `round ${round}`).toMatchObject({ kind: 'done' });
        const answer = round % 2 === 0 && able.knowsReplaced ? 'replaced' : undefined;
        expect(await store.read(id), `round ${round}`).toBe(answer);
      }
    }),
  );

  it(
    'a session that is destroyed at a version was not updated meanwhile',
    run(async ({ store }) => {
      const random = makeRandom(SEED);
      for (let round = 0; round < ROUNDS; round += 1) {
        const id = `id-${round}`;
        const version = requireVersion(await store.create(id, write({ n: 0 })));
        const [ended, updated] = await Promise.all([
          turns(random).then(() => store.destroy(id, { version })),
          turns(random).then(() => store.update(id, version, write({ n: 1 }))),
        ]);
        const found = await store.read(id);
        const kinds = [ended.kind, updated.kind, typeof found === 'object' ? found.data : found];
        expect([
          ['done', 'gone', undefined],
          ['changed', 'done', '{"n":1}'],
        ]).toContainEqual(kinds);
      }
    }),
  );

  if (!able.listsByUser) return;
  it(
    'sessions of a user that are destroyed during updates never come back',
    run(async ({ store }) => {
      const random = makeRandom(SEED);
      const ids = Array.from({ length: ROUNDS }, (_, nth) => `id-${nth}`);
      for (const id of ids) await store.create(id, write({ n: 0 }, { userId: 'alice' }));
      const [destroyed] = await Promise.all([
        turns(random).then(() => store.destroyByUser('alice', { except: 'id-0' })),
        ...ids.map((id) => count(store, id, random, 'alice')),
      ]);
      expect(destroyed).toBe(ROUNDS - 1);
      expect(await store.listByUser('alice')).toMatchObject([{ handle: handleOf('id-0'), data: '{"n":1}' }]);
      for (const id of ids.slice(1)) expect(await store.read(id)).toBeUndefined();
    }),
  );
}

/** Reads, adds one and writes, until the write succeeds or the session is gone. */
async function count(
  store: VersionedStore,
  id: string,
  random: () => number,
  userId?: string,
): Promise<void> {
  await turns(random);
  let current = await store.read(id);
  while (typeof current === 'object') {
    await turns(random);
    const { n } = JSON.parse(current.data) as { n: number };
    const outcome = await store.update(id, current.version, write({ n: n + 1 }, { userId }));
    if (outcome.kind !== 'changed') return;
    current = outcome.current;
  }
}
