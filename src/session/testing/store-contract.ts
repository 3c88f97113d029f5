/* oxlint-disable vitest/no-conditional-tests, vitest/valid-title -- what is asked of a store depends on what it can do */
import { describe, expect, it, type TestContext } from 'vitest';
import type { Life } from '../life.ts';
import { handleOf } from '../session-id.ts';
import {
  type Outcome,
  REPLACED_FOR,
  type SessionWrite,
  type StoredSession,
  type Version,
  type VersionedStore,
} from '../stores/store.ts';

/** An empty store, of one test. */
export interface StoreUnderTest {
  store: VersionedStore;
  /** Moves the store's clock on by so many ms. Without it the tests wait for the time to pass. */
  advance?: (ms: number) => void | Promise<void>;
  close?: () => void | Promise<void>;
}

/** What a store owns that it cannot do; the tests then ask for what it is to do instead. All are true by default. */
export interface StoreContractOptions {
  /** `create` answers undefined for an id that is taken. Else it replaces what is there. */
  refusesTakenIds?: boolean;
  /** `destroy` without `version` answers `gone` when there is nothing. Else it answers `done`. */
  missesWhatIsGone?: boolean;
  /** Every update makes a version that was never there. Else the data are the version. */
  countsUpdates?: boolean;
  /** `read` answers `'replaced'`. Else such an id is just not there. */
  knowsReplaced?: boolean;
  /** `listByUser` and `destroyByUser`. Else they fail and say so. */
  listsByUser?: boolean;
}

/** Of all that is random here. */
export const SEED = Number(process.env['STORE_SEED'] || Date.now() % 2 ** 31);
const START = 1_800_000_000_000;
const DAY = 86_400_000;
const PARALLEL = 50;
const ROUNDS = 20;
/** For stores whose clock cannot be moved. */
const SLOW = 20_000;

interface Opened extends StoreUnderTest {
  advance: (ms: number) => void | Promise<void>;
  /** As `advance`, over a time for which no test can wait. */
  leap: (ms: number) => void | Promise<void>;
}

type Run = (body: (opened: Opened) => Promise<void>) => (context: TestContext) => Promise<void>;

/**
 * The tests of `VersionedStore`: what a store has to do, whatever it is made of.
 *
 * @param name which store, for the report
 * @param makeStore answers another empty store each time, at once or with a promise
 * @example
 * storeContract('MyStore', () => ({ store: new MyStore() }));
 */
export function storeContract(
  name: string,
  makeStore: () => StoreUnderTest | Promise<StoreUnderTest>,
  options: StoreContractOptions = {},
): void {
  console.log(`${name}: seed ${SEED}; repeat with STORE_SEED=${SEED}`);
  const able = {
    refusesTakenIds: true,
    missesWhatIsGone: true,
    countsUpdates: true,
    knowsReplaced: true,
    listsByUser: true,
    ...options,
  };
  const run: Run = (body) => async (context) => {
    const made = await makeStore();
    const advance = made.advance ?? sleep;
    const leap = made.advance ?? (() => context.skip('it has no clock that could be moved'));
    try {
      await body({ ...made, advance, leap });
    } finally {
      await made.close?.();
    }
  };
  describe(name, { timeout: SLOW }, () => {
    describe('what is stored', () => {
      describeReading(run);
    });
    describe('an id', () => {
      describeIds(run);
    });
    describe('create', () => {
      describeCreate(run, able);
    });
    describe('update', () => {
      describeUpdate(run, able);
    });
    describe('touch', () => {
      describeTouch(run);
    });
    describe.each(['update', 'touch'] as const)('the life that %s is given', (method) => {
      describeLife(run, method);
    });
    describe('destroy', () => {
      describeDestroy(run, able);
    });
    describe('an id that was replaced', () => {
      describeReplaced(run, able);
    });
    describe('the sessions of a user', () => {
      if (able.listsByUser) describeUsers(run);
      else describeNoUsers(run);
    });
    describe(`of calls that meet (seed ${SEED})`, () => {
      describeContention(run, able);
    });
  });
}

function describeReading(run: Run): void {
  it(
    'is nothing under an id that was never used',
    run(async ({ store }) => {
      expect(await store.read('never')).toBeUndefined();
    }),
  );

  it(
    'is what create was given, at the version that it answered',
    run(async ({ store }) => {
      const version = await store.create('id', write({ n: 1 }, { userId: 'alice' }));
      expect(version).toBeDefined();
      expect(await store.read('id')).toEqual({ data: '{"n":1}', life: lifeUntil(DAY), version });
    }),
  );

  it.for<[string, Life]>([
    ['that follows the configuration', lifeUntil(1000)],
    ['of its own', lifeUntil(1000, { hasOwnMaxAge: true, maxAge: 1000 })],
    ['until the browser closes', lifeUntil(undefined, { maxAge: 'session', hasOwnMaxAge: true })],
    ['that does not tell its beginning', lifeUntil(1000, { createdAt: undefined })],
    ['that tells nothing', lifeUntil(undefined, { createdAt: undefined, maxAge: undefined })],
  ])('has a life %s', async ([, life], context) => {
    await run(async ({ store }) => {
      await store.create('id', write({}, { life }));
      expect(await store.read('id')).toMatchObject({ life });
      // Nothing of it may be left over when the next life has less of it.
      await updateFrom(store, 'id', write({}, { life: lifeUntil(5000, { maxAge: 5 }) }));
      await updateFrom(store, 'id', write({}, { life }));
      expect(await store.read('id')).toMatchObject({ life });
    })(context);
  });

  it(
    'does not change with what was handed in or out',
    run(async ({ store }) => {
      const created = write({ n: 1 });
      const version = requireVersion(await store.create('id', created));
      created.life.idleEndsAt = 1;
      const found = await requireStored(store, 'id');
      expect(found).toMatchObject({ life: lifeUntil(DAY) });
      found.life.idleEndsAt = 2;
      found.data = '{}';
      const touched = write({}, { life: lifeUntil(DAY + 1) });
      await store.touch('id', version, touched);
      touched.life.idleEndsAt = 3;
      expect(await store.read('id')).toMatchObject({ data: '{"n":1}', life: lifeUntil(DAY + 1) });
      const updated = write({ n: 2 }, { life: lifeUntil(DAY + 2) });
      await store.update('id', version, updated);
      updated.life.idleEndsAt = 4;
      const { life } = requireChanged(await store.update('id', 'of nobody', write({})));
      life.idleEndsAt = 5;
      expect(await store.read('id')).toMatchObject({ data: '{"n":2}', life: lifeUntil(DAY + 2) });
    }),
  );

  it.for<[string, unknown]>([
    ['an empty object', {}],
    ['characters of all planes', { 'ключ 🍪': 'ü — 漢字 👩‍👩‍👧 \u2028' }],
    ['control characters and half a surrogate pair', { a: '\0\u0001\n"\\', b: '\ud83c' }],
    ['numbers', { a: 1e21, b: -0.1, c: Number.MAX_SAFE_INTEGER, d: 5e-324 }],
    ['keys like those of a record', { id: 1, data: '{}', version: 2, expires: null, constructor: 3 }],
    ['keys that look like numbers, and empty ones', { 10: 'a', 9: 'b', '': 'c', ' ': 'd' }],
    [
      'a key for each of 5,000 things',
      Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`k${n}`, n])),
    ],
    ['100 kB of text', { text: 'ü'.repeat(50_000) }],
    ['1,000 objects within each other', nested(1000)],
  ])('is %s, to the last character', async ([, data], context) => {
    await run(async ({ store }) => {
      const session = write(data);
      await store.create('created', session);
      await store.create('updated', write({ other: true }));
      await updateFrom(store, 'updated', session);
      expect((await requireStored(store, 'created')).data).toBe(session.data);
      expect((await requireStored(store, 'updated')).data).toBe(session.data);
    })(context);
  });

  it(
    'is there until its time is over, and not longer',
    run(async ({ store, advance }) => {
      await store.create('short', write({}, { ttl: 1000 }));
      await store.create('long', write({}, { ttl: 60_000 }));
      await advance(500);
      expect(await store.read('short')).toBeDefined();
      await advance(600);
      expect(await store.read('short')).toBeUndefined();
      expect(await store.read('long')).toBeDefined();
    }),
  );

  it(
    'stays when it has no end of its own',
    run(async ({ store, leap }) => {
      await store.create('id', write({}, { ttl: undefined }));
      await leap(3650 * DAY);
      expect(await store.read('id')).toBeDefined();
    }),
  );
}

function describeIds(run: Run): void {
  it.for<[string, string[]]>([
    ['that has no character', ['', ' ', '\0']],
    ['that is a word of the language', ['__proto__', 'constructor', 'toString', 'null', 'undefined']],
    ['of 10,000 characters', ['x'.repeat(10_000), `${'x'.repeat(9_999)}y`]],
    ['of characters of all planes', ['🍪', '🍩', 'ü', 'u\u0308', 'ÿ']],
    ['that differs by case or a space alone', ['id', 'Id', 'ID', ' id', 'id ']],
    [
      'that means something elsewhere',
      ["'; DROP TABLE sessions; --", '../../id', '*', '%', 'a:b', '{a}', '\r\n'],
    ],
  ])('%s names one session', async ([, ids], context) => {
    await run(async ({ store }) => {
      for (const [nth, id] of ids.entries()) await store.create(id, write({ nth }));
      for (const [nth, id] of ids.entries()) {
        expect(await store.read(id)).toMatchObject({ data: JSON.stringify({ nth }) });
      }
      const [first = '', ...others] = ids;
      expect(await store.destroy(first)).toMatchObject({ kind: 'done' });
      expect(await store.read(first)).toBeUndefined();
      for (const id of others) expect(await store.read(id)).toBeDefined();
    })(context);
  });

  it(
    'is not the handle of a session, which opens nothing',
    run(async ({ store }) => {
      await store.create('id', write({}));
      expect(await store.read(handleOf('id'))).toBeUndefined();
    }),
  );
}

function describeCreate(run: Run, { refusesTakenIds, countsUpdates }: Required<StoreContractOptions>): void {
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
      'replaces what is there',
      run(async ({ store }) => {
        await store.create('id', write({ n: 1 }));
        const version = await store.create('id', write({ n: 2 }));
        expect(await store.read('id')).toMatchObject({ data: '{"n":2}', version });
      }),
    );
  }

  it(
    'may have the id of a session whose time is over',
    run(async ({ store, advance }) => {
      await store.create('id', write({ n: 1 }, { ttl: 1000 }));
      await advance(1100);
      const version = await store.create('id', write({ n: 2 }));
      expect(version).toBeDefined();
      expect(await store.read('id')).toMatchObject({ data: '{"n":2}', version });
    }),
  );

  it(
    'may have the id of a session that was destroyed, and does not go on at its version',
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

function describeUpdate(run: Run, { countsUpdates }: Required<StoreContractOptions>): void {
  it(
    'replaces data, life and time to live, and leaves another version',
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
    'touches no other session',
    run(async ({ store }) => {
      await store.create('other', write({ n: 1 }));
      const other = await store.read('other');
      await store.create('id', write({ n: 1 }));
      await updateFrom(store, 'id', write({ n: 2 }));
      expect(await store.read('other')).toEqual(other);
    }),
  );

  it(
    'is not made on what somebody else has changed; current is what one can go on from',
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
      'leaves another version though the data are the same',
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
      'is made on what was changed and changed back',
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

function describeTouch(run: Run): void {
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
    'is not made on what somebody else has changed',
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
    'does not write what it was given beside the life',
    run(async ({ store }) => {
      const version = requireVersion(await store.create('id', write({ n: 1 })));
      await store.touch('id', version, write({ n: 2 }, { life: lifeUntil(2 * DAY) }));
      expect(await store.read('id')).toMatchObject({ data: '{"n":1}', version });
    }),
  );

  describeGone(run, (store, id, version) => store.touch(id, version, write({})));
}

/** What holds for every write on a version. */
function describeGone(
  run: Run,
  act: (store: VersionedStore, id: string, version: Version) => Outcome | Promise<Outcome>,
): void {
  it(
    'answers gone where nothing ever was, and makes nothing',
    run(async ({ store }) => {
      const version = requireVersion(await store.create('another', write({ n: 1 })));
      expect(await act(store, 'id', version)).toEqual({ kind: 'gone' });
      expect(await store.read('id')).toBeUndefined();
    }),
  );

  it(
    'answers gone when the session was destroyed, which does not come back',
    run(async ({ store }) => {
      const version = requireVersion(await store.create('id', write({ n: 1 })));
      await store.destroy('id');
      expect(await act(store, 'id', version)).toEqual({ kind: 'gone' });
      expect(await store.read('id')).toBeUndefined();
    }),
  );

  it(
    'answers gone when its time is over, and it does not come back',
    run(async ({ store, advance }) => {
      const version = requireVersion(await store.create('id', write({ n: 1 }, { ttl: 1000 })));
      await advance(1100);
      expect(await act(store, 'id', version)).toEqual({ kind: 'gone' });
      expect(await store.read('id')).toBeUndefined();
    }),
  );
}

function describeLife(run: Run, method: 'update' | 'touch'): void {
  /** Creates a session of one life and gives it another. */
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
    'does not move it back: the stored life and time to live stay',
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
    'does not move it back by a millisecond',
    run(async ({ store }) => {
      await relive(store, { life: lifeUntil(DAY), ttl: DAY }, { life: lifeUntil(DAY - 1), ttl: DAY });
      expect(await store.read('id')).toMatchObject({ data, life: lifeUntil(DAY) });
    }),
  );

  it(
    'moves it on by a millisecond',
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
    'may have no end, where it had one',
    run(async ({ store, leap }) => {
      const endless = { life: lifeUntil(undefined, { maxAge: 'session' }), ttl: undefined };
      await relive(store, { life: lifeUntil(1000), ttl: 1000 }, endless);
      await leap(3650 * DAY);
      expect(await store.read('id')).toMatchObject({ data, life: endless.life });
    }),
  );

  it(
    'may have an end, where it had none',
    run(async ({ store, advance }) => {
      const endless = { life: lifeUntil(undefined, { maxAge: 'session' }), ttl: undefined };
      await relive(store, endless, { life: lifeUntil(1000), ttl: 1000 });
      expect(await store.read('id')).toMatchObject({ data, life: lifeUntil(1000) });
      await advance(1100);
      expect(await store.read('id')).toBeUndefined();
    }),
  );
}

function describeDestroy(run: Run, { missesWhatIsGone }: Required<StoreContractOptions>): void {
  it(
    'forgets the session, and no other',
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
    `answers ${kind} when there is nothing, or no more`,
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
    'with a version forgets the session that is still at it, touched or not',
    run(async ({ store }) => {
      const version = requireVersion(await store.create('id', write({ n: 1 })));
      await store.touch('id', version, write({}, { life: lifeUntil(2 * DAY) }));
      expect(await store.destroy('id', { version })).toMatchObject({ kind: 'done' });
      expect(await store.read('id')).toBeUndefined();
    }),
  );

  it(
    'with a version leaves what somebody else has changed, and shows it',
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

function describeReplaced(run: Run, { knowsReplaced }: Required<StoreContractOptions>): void {
  const answer = knowsReplaced ? 'replaced' : undefined;
  it(
    knowsReplaced ? 'is known as such, by read alone' : 'is just not there',
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
    `is ${knowsReplaced ? 'known' : 'not there'}, too, when it went on condition of a version`,
    run(async ({ store }) => {
      const version = requireVersion(await store.create('id', write({ n: 1 })));
      await store.destroy('id', { version, replaced: true });
      expect(await store.read('id')).toBe(answer);
    }),
  );

  it(
    'is forgotten in the end',
    run(async ({ store, leap }) => {
      // The session itself would have lived on, or would have ended before.
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
    'is only one that had a session',
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

function describeUsers(run: Run): void {
  it(
    'are listed as they are stored, each by the handle of its id',
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
    'are none for a user who has none',
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
    'are those of exactly this user, whatever text it is known by',
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
    'are those that were last written with it: an update moves a session to another user, to none and back',
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
    'keep their life and end when they move to another user with a life that began earlier',
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
    'are not moved by what was not written',
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
    'stay those of the user when they are touched',
    run(async ({ store, advance }) => {
      const session = write({ n: 1 }, { userId: 'alice', ttl: 1000 });
      const version = requireVersion(await store.create('id', session));
      await store.touch('id', version, { ...session, life: lifeUntil(2 * DAY), ttl: 60_000 });
      await advance(1100);
      expect(await store.listByUser('alice')).toMatchObject([{ version, life: lifeUntil(2 * DAY) }]);
    }),
  );

  it(
    'are neither listed nor counted when their time is over or they were destroyed',
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
    'go all at once, and nobody else is logged out',
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
    'go all but one, which is named by its id',
    run(async ({ store }) => {
      for (const id of ['a1', 'a2', 'a3']) await store.create(id, write({}, { userId: 'alice' }));
      expect(await store.destroyByUser('alice', { except: 'a2' })).toBe(2);
      expect(await handlesOf(store, 'alice')).toEqual([handleOf('a2')]);
      expect(await store.read('a2')).toBeDefined();
    }),
  );

  it(
    'go all when the one to be spared is not theirs',
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
    'go one by one, each named by its handle',
    run(async ({ store }) => {
      for (const id of ['a1', 'a2']) await store.create(id, write({}, { userId: 'alice' }));
      expect(await store.destroyByUser('alice', { only: handleOf('a1') })).toBe(1);
      expect(await store.destroyByUser('alice', { only: handleOf('a1') })).toBe(0);
      expect(await handlesOf(store, 'alice')).toEqual([handleOf('a2')]);
    }),
  );

  it(
    "stay when somebody else's handle is given, or none that there is",
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
    'stay when the only one that is to go is the one to be spared',
    run(async ({ store }) => {
      for (const id of ['a1', 'a2']) await store.create(id, write({}, { userId: 'alice' }));
      expect(await store.destroyByUser('alice', { except: 'a1', only: handleOf('a1') })).toBe(0);
      expect(await store.listByUser('alice')).toHaveLength(2);
    }),
  );
}

function describeNoUsers(run: Run): void {
  it(
    'cannot be told, and the error names a store that can',
    run(async ({ store }) => {
      await store.create('id', write({}, { userId: 'alice' }));
      await expect((async () => store.listByUser('alice'))()).rejects.toThrow(/by user.*MemoryStore can/);
      await expect((async () => store.destroyByUser('alice'))()).rejects.toThrow(/by user.*MemoryStore can/);
      expect(await store.read('id')).toBeDefined();
    }),
  );
}

function describeContention(run: Run, able: Required<StoreContractOptions>): void {
  it(
    `${PARALLEL} counts on one session are ${PARALLEL} in the end, touched all the while`,
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
    'an update on one version is made by one alone',
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
    `an id is ${able.refusesTakenIds ? 'taken by one alone' : 'that of the last to create it'}`,
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
    'what is destroyed among updates is never there afterwards',
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
    'what is destroyed on condition of a version was changed by nobody',
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
    'the sessions of a user that are destroyed among updates are never there afterwards',
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

/** Reads, adds one and writes until it is made, or until the session is gone. */
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

function write(data: unknown, more: Partial<SessionWrite> = {}): SessionWrite {
  return { data: JSON.stringify(data), life: lifeUntil(DAY), ttl: DAY, userId: undefined, ...more };
}

/** @param ms when its idle timeout ends, counted from its beginning */
function lifeUntil(ms: number | undefined, more: Partial<Life> = {}): Life {
  const idleEndsAt = ms === undefined ? undefined : START + ms;
  return { createdAt: START, idleEndsAt, maxAge: DAY, hasOwnMaxAge: false, ...more };
}

/** Writes on whatever version is stored. */
async function updateFrom(store: VersionedStore, id: string, session: SessionWrite): Promise<void> {
  const { version } = await requireStored(store, id);
  requireDone(await store.update(id, version, session));
}

async function handlesOf(store: VersionedStore, userId: string): Promise<string[]> {
  return (await store.listByUser(userId)).map(({ handle }) => handle);
}

async function requireStored(store: VersionedStore, id: string): Promise<StoredSession> {
  const found = await store.read(id);
  if (typeof found !== 'object') throw new Error(`nothing is stored under the id: ${found}`);
  return found;
}

function requireVersion(version: Version | undefined): Version {
  if (version === undefined) throw new Error('the id is taken');
  return version;
}

function requireDone(outcome: Outcome): Version {
  if (outcome.kind !== 'done') throw new Error(`the write was not made: ${outcome.kind}`);
  return outcome.version;
}

function requireChanged(outcome: Outcome): StoredSession {
  if (outcome.kind !== 'changed') throw new Error(`expected 'changed', got '${outcome.kind}'`);
  return outcome.current;
}

function nested(depth: number): object {
  return depth === 0 ? {} : { in: nested(depth - 1) };
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** Mulberry32: small, and the same on every machine. */
export function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Lets others go first, a random number of times: the order is that of the seed and not of the machine. */
export async function turns(random: () => number): Promise<void> {
  for (let left = Math.floor(random() * 5); left > 0; left -= 1) {
    await new Promise((done) => setImmediate(done));
  }
}
