import { expect, it } from 'vitest';
import { handleOf } from '../../core/session-id.ts';
import { REPLACED_FOR, type Successor, type VersionedStore } from '../../core/store.ts';
import { DAY, handlesOf, lifeUntil, requireChanged, requireVersion, type Run, write } from './fixtures.ts';

const GRACE = 10_000;
const ALICE = { userId: 'alice' };

/** Renews an id: the session of `from` goes on under `to`. */
async function renew(store: VersionedStore, from: string, to: string, more: Partial<Successor> = {}) {
  const stored = (await store.read(from)) as { data: string; version: string };
  await store.create(to, write(JSON.parse(stored.data) as object, ALICE));
  const successor = { id: to, userId: 'alice', for: GRACE, ...more };
  const outcome = await store.destroy(from, { version: stored.version, replaced: true, successor });
  expect(outcome).toMatchObject({ kind: 'done' });
}

export function describeSuccessor(run: Run): void {
  /** A store in which alice's session of the id `old` goes on as `new`. */
  const runRenewed = (body: Parameters<Run>[0], more: Partial<Successor> = {}): ReturnType<Run> =>
    run(async (opened) => {
      await opened.store.create('old', write({ n: 1 }, ALICE));
      await renew(opened.store, 'old', 'new', more);
      await body(opened);
    });

  it(
    'reads as the session of the new id, with its handle',
    runRenewed(async ({ store }) => {
      const found = await store.read('old');
      expect(found).toMatchObject({ data: '{"n":1}', successor: handleOf('new') });
      expect(await store.read('new')).toEqual({ ...(found as object), successor: undefined });
    }),
  );

  it(
    'leads nowhere once the other sessions of the user were ended, unless it was used to end them',
    runRenewed(async ({ store }) => {
      await renew(store, 'new', 'newest');
      expect(await store.destroyByUser('alice', { except: 'new' })).toBe(0);
      expect(await store.read('newest')).toMatchObject({ data: '{"n":1}' });
      expect(await store.read('new')).toMatchObject({ data: '{"n":1}' });
      expect(await store.read('old')).toBe('replaced');
      expect(await store.destroyByUser('alice', { except: 'newest' })).toBe(0);
      expect(await store.read('new')).toBe('replaced');
      await renew(store, 'newest', 'last');
      expect(await store.read('newest')).toMatchObject({ data: '{"n":1}' });
    }),
  );

  it(
    'leads through no more than ten renewals, so that reading takes a bounded time',
    runRenewed(async ({ store }) => {
      await renew(store, 'new', 'id 1');
      for (let nth = 1; nth < 20; nth += 1) await renew(store, `id ${nth}`, `id ${nth + 1}`);
      expect(await store.read('old')).toBe('replaced');
      expect(await store.read('id 15')).toMatchObject({ data: '{"n":1}' });
    }),
  );

  it(
    'updates, touches and destroys its session, if that is still at the version',
    runRenewed(async ({ store }) => {
      const { version } = (await store.read('old')) as { version: string };
      const outcome = await store.update('old', version, write({ n: 2 }, ALICE));
      expect(outcome.kind).toBe('done');
      const next = requireVersion(outcome.kind === 'done' ? outcome.version : undefined);
      expect(await store.read('new')).toMatchObject({ data: '{"n":2}', version: next });
      const longer = write({}, { ...ALICE, life: lifeUntil(2 * DAY), ttl: 2 * DAY });
      expect(await store.touch('old', next, longer)).toMatchObject({ kind: 'done' });
      expect(await store.read('new')).toMatchObject({ life: longer.life });
      expect(await handlesOf(store, 'alice')).toEqual([handleOf('new')]);
      expect(await store.destroy('old', { version: next })).toMatchObject({ kind: 'done' });
      expect(await store.read('new')).toBeUndefined();
    }),
  );

  it(
    'returns its session to a write for the former version, and leaves it unchanged',
    run(async ({ store }) => {
      const version = requireVersion(await store.create('old', write({ n: 1 }, ALICE)));
      await renew(store, 'old', 'new');
      for (const write_ of [
        () => store.update('old', version, write({ n: 2 }, ALICE)),
        () => store.touch('old', version, write({}, ALICE)),
        () => store.destroy('old', { version }),
        () =>
          store.destroy('old', {
            version,
            replaced: true,
            successor: { id: 'x', userId: 'alice', for: GRACE },
          }),
      ]) {
        const current = requireChanged(await write_());
        expect(current).toEqual(await store.read('old'));
        expect(current).toMatchObject({ data: '{"n":1}', successor: handleOf('new') });
      }
    }),
  );

  it(
    'destroys its session when no version is given, as at a logout',
    runRenewed(async ({ store }) => {
      expect(await store.destroy('old')).toMatchObject({ kind: 'done' });
      expect(await store.read('new')).toBeUndefined();
      expect(await store.read('old')).toBe('replaced');
    }),
  );

  it(
    'leads through several renewals to the last session',
    runRenewed(async ({ store }) => {
      await renew(store, 'new', 'newer');
      await renew(store, 'newer', 'newest');
      for (const id of ['old', 'new', 'newer'])
        expect(await store.read(id)).toMatchObject({ successor: handleOf('newest') });
    }),
  );

  it(
    'leads nowhere once the session has another user, or none',
    run(async ({ store }) => {
      for (const userId of ['bob', undefined]) {
        await store.create('old', write({ n: 1 }, ALICE));
        await renew(store, 'old', 'new');
        const { version } = (await store.read('new')) as { version: string };
        await store.update('new', version, write({ n: 2 }, { userId }));
        expect(await store.read('old')).toBe('replaced');
        expect(await store.update('old', version, write({ n: 3 }, ALICE))).toEqual({ kind: 'gone' });
        expect(await store.destroy('old')).toEqual({ kind: 'gone' });
        expect(await store.read('new')).toMatchObject({ data: '{"n":2}' });
        await store.destroy('new');
      }
    }),
  );

  it(
    'leads nowhere when a session in between had another user',
    runRenewed(async ({ store }) => {
      const former = (await store.read('new')) as { version: string };
      const bob = { userId: 'bob' };
      await store.update('new', former.version, write({ n: 2 }, bob));
      const { version } = (await store.read('new')) as { version: string };
      await store.create('newer', write({ n: 2 }, bob));
      await store.destroy('new', { version, replaced: true, successor: { id: 'newer', ...bob, for: GRACE } });
      expect(await store.read('new')).toMatchObject({ successor: handleOf('newer') });
      expect(await store.read('old')).toBe('replaced');
    }),
  );

  it(
    'spares its session when the other sessions of the user end',
    runRenewed(async ({ store }) => {
      await store.create('other', write({}, ALICE));
      expect(await store.destroyByUser('alice', { except: 'old' })).toBe(1);
      expect(await store.read('new')).toMatchObject({ data: '{"n":1}' });
    }),
  );

  it(
    'leads nowhere once its session has ended',
    runRenewed(async ({ store }) => {
      await store.destroyByUser('alice');
      expect(await store.read('old')).toBe('replaced');
      expect(await store.destroy('old')).toEqual({ kind: 'gone' });
    }),
  );

  it(
    'can be given to a new session, like any replaced id',
    runRenewed(async ({ store }) => {
      expect(await store.create('old', write({ n: 9 }))).toBeDefined();
      expect(await store.read('old')).toMatchObject({ data: '{"n":9}' });
    }),
  );

  it('reads as replaced once it no longer leads to its session', async (context) => {
    await runRenewed(
      async ({ store, advance }) => {
        await advance(350);
        expect(await store.read('old')).toBe('replaced');
        expect(await store.read('new')).toMatchObject({ data: '{"n":1}' });
      },
      { for: 300 },
    )(context);
  });

  it('may lead to its session for longer than other ids read as replaced', async (context) => {
    await run(async ({ store, leap }) => {
      await store.create('old', write({ n: 1 }, ALICE));
      await renew(store, 'old', 'new', { for: 2 * REPLACED_FOR });
      await leap(1.5 * REPLACED_FOR);
      expect(await store.read('old')).toMatchObject({ successor: handleOf('new') });
      await leap(REPLACED_FOR);
      expect(await store.read('old')).toBeUndefined();
    })(context);
  });
}
