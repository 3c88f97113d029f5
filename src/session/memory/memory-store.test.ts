import { inspect } from 'node:util';
import { LRUCache } from 'lru-cache';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Life } from '../core/life.ts';
import { generateSessionId, handleOf } from '../core/session-id.ts';
import { MemoryStore, type MemoryStoreOptions } from './memory-store.ts';
import { makeRandom, SEED } from '../testing/store-contract/index.ts';
import { REPLACED_FOR, type SessionWrite } from '../core/store.ts';

console.log(`MemoryStore index: seed ${SEED}; repeat with STORE_SEED=${SEED}`);

/** A store on a clock that the test moves. */
function makeStore(options: MemoryStoreOptions = {}) {
  let time = 1_000_000;
  const store = new MemoryStore({ now: () => time, ...options });
  return { store, advance: (ms: number) => void (time += ms) };
}

const LIFE: Life = {
  createdAt: 1_700_000_000_000,
  idleEndsAt: 1_700_086_400_000,
  maxAge: 86_400_000,
  hasOwnMaxAge: false,
};

function write(data: object, more: Partial<SessionWrite> = {}): SessionWrite {
  return { data: JSON.stringify(data), life: LIFE, ttl: 60_000, userId: undefined, ...more };
}

function byText(one: string, other: string): number {
  return one.localeCompare(other);
}

function isThere(store: MemoryStore, id: string): boolean {
  return typeof store.read(id) === 'object';
}

function of(userId: string): SessionWrite {
  return write({}, { userId });
}

describe('a record', () => {
  it('is kept, replaced and forgotten under its id', () => {
    const { store } = makeStore();
    expect(store.get('a')).toBeUndefined();
    store.set('a', { n: 1 });
    store.set('b', { n: 2 });
    store.set('a', { n: 3 });
    expect([store.get('a'), store.get('b'), store.size]).toEqual([{ n: 3 }, { n: 2 }, 2]);
    store.destroy('a');
    store.destroy('never there');
    expect([store.get('a'), store.get('b'), store.size]).toEqual([undefined, { n: 2 }, 1]);
  });

  it('is a copy on the way in and on the way out', () => {
    const { store } = makeStore();
    const record = { deep: { n: 1 } };
    store.set('a', record);
    record.deep.n = 2;
    const found = store.get('a') as typeof record;
    expect(found).toEqual({ deep: { n: 1 } });
    found.deep.n = 3;
    expect(store.get('a')).toEqual({ deep: { n: 1 } });
    store.set('b', { _expire: Infinity, toJSON: () => ({ _expire: 5, n: 1 }) });
    expect(store.read('b')).toMatchObject({ data: '{"n":1}', life: { idleEndsAt: 5 } });
  });

  it.each(['__proto__', 'constructor', '', 'ü🍪'])('may have the id %o', (id) => {
    const { store } = makeStore();
    expect(store.get(id)).toBeUndefined();
    store.set(id, { n: 1 });
    expect(store.get(id)).toEqual({ n: 1 });
  });
});

describe('the time to live', () => {
  it('is that of each record, in ms', () => {
    const { store, advance } = makeStore();
    store.set('short', {}, 1000);
    store.set('long', {}, 2000);
    advance(1000);
    expect([store.get('short'), store.get('long')]).toEqual([{}, {}]);
    advance(1);
    expect([store.get('short'), store.get('long')]).toEqual([undefined, {}]);
    advance(1000);
    expect(store.get('long')).toBeUndefined();
  });

  it('starts again with each set, and not with get', () => {
    const { store, advance } = makeStore();
    store.set('a', {}, 1000);
    advance(900);
    store.get('a');
    store.set('a', {}, 1000);
    advance(900);
    expect(store.get('a')).toEqual({});
    advance(101);
    expect(store.get('a')).toBeUndefined();
  });

  it.each<['session' | undefined]>([['session'], [undefined]])('of %o never ends', (ttl) => {
    const { store, advance } = makeStore();
    store.set('a', {}, ttl);
    advance(1e12);
    expect(store.get('a')).toEqual({});
  });

  it("is dropped when the record is saved as 'session', and applies again when it is saved with a ttl", () => {
    const { store, advance } = makeStore();
    store.set('a', {}, 1000);
    store.set('a', {}, 'session');
    advance(5000);
    expect(store.get('a')).toEqual({});
    store.set('a', {}, 1000);
    advance(1001);
    expect(store.get('a')).toBeUndefined();
  });

  it.each([0, -1, -Infinity])('of %d removes the record', (ttl) => {
    const { store } = makeStore();
    store.set('a', { n: 1 });
    store.set('a', { n: 2 }, ttl);
    expect([store.get('a'), store.size]).toEqual([undefined, 0]);
  });

  it('of less than a millisecond is rounded up to one', () => {
    const { store, advance } = makeStore();
    store.set('a', {}, 0.2);
    advance(1);
    expect(store.get('a')).toEqual({});
    advance(1);
    expect(store.get('a')).toBeUndefined();
  });

  it('is measured by the real clock by default', () => {
    const store = new MemoryStore();
    store.set('a', {}, 60_000);
    expect(store.get('a')).toEqual({});
  });
});

describe('the bound by number', () => {
  it('evicts the least recently used record', () => {
    const { store } = makeStore({ max: 2 });
    store.set('a', {});
    store.set('b', {});
    store.get('a');
    store.set('c', {});
    expect([store.get('a'), store.get('b'), store.get('c')]).toEqual([{}, undefined, {}]);
  });

  it('counts a replaced record once', () => {
    const { store } = makeStore({ max: 2 });
    store.set('a', {});
    store.set('b', {});
    store.set('b', { n: 2 });
    expect([store.get('a'), store.size]).toEqual([{}, 2]);
  });
});

describe('the bound by bytes', () => {
  // 2 bytes of id and 8 of JSON: {"n":"é"} has 9 characters, 10 bytes.
  const record = { n: 'é' };
  const BYTES = Buffer.byteLength(JSON.stringify(record)) + Buffer.byteLength('id');

  it('counts id and JSON in UTF-8, and evicts the least recently used record', () => {
    const { store } = makeStore({ maxBytes: 2 * BYTES });
    store.set('i1', record);
    store.set('i2', record);
    expect(store.size).toBe(2);
    store.get('i1');
    store.set('i3', record);
    expect([store.get('i1'), store.get('i2'), store.get('i3')]).toEqual([record, undefined, record]);
  });

  it('evicts as many records as a large one needs', () => {
    const { store } = makeStore({ maxBytes: 3 * BYTES });
    for (const id of ['i1', 'i2', 'i3']) store.set(id, record);
    store.set('i4', { n: 'é'.repeat(1 + BYTES / 2) });
    expect([store.get('i1'), store.get('i2'), store.get('i3')]).toEqual([undefined, undefined, record]);
  });

  it('accepts a record that just fits, and refuses a larger one with an error that names the bytes', () => {
    const { store } = makeStore({ maxBytes: BYTES });
    store.set('id', record);
    expect(store.get('id')).toEqual(record);
    expect(() => store.set('id', { n: 'é!' })).toThrow(
      new RangeError(`MemoryStore: a session of ${BYTES + 1} bytes exceeds maxBytes (${BYTES})`),
    );
    expect(store.get('id'), 'the stored record is unchanged').toEqual(record);
  });
});

it.each([[10_000_000_000], [Number.MAX_SAFE_INTEGER]])(
  'a max of %d allocates nothing in advance, and leaves maxBytes as the bound',
  (max) => {
    const { store } = makeStore({ max, maxBytes: 2_000_000 });
    const pad = 'x'.repeat(970);
    for (let nth = 0; nth < 5000; nth += 1) {
      store.create(`id-${nth}`, write({ pad }, { userId: nth % 2 === 0 ? 'alice' : undefined }));
      // One session is used all the time.
      if (nth > 0) store.read('id-1');
    }
    expect(store.size).toBeGreaterThan(3900);
    expect(isThere(store, 'id-1'), 'the session that was used all the time').toBe(true);
    const latest = Array.from({ length: 1000 }, (_, nth) => `id-${4999 - nth}`);
    expect(latest.filter((id) => !isThere(store, id))).toEqual([]);
  },
);

it('stays within its bounds over 100,000 sets', () => {
  const { store } = makeStore({ max: 500, maxBytes: 20_000 });
  let highest = 0;
  for (let nth = 0; nth < 100_000; nth += 1) {
    store.set(`id-${nth}`, { nth, pad: 'x'.repeat(nth % 50) }, nth % 3 === 0 ? 'session' : 60_000);
    highest = Math.max(highest, store.size);
  }
  expect(highest).toBeLessThanOrEqual(500);
  let bytes = 0;
  let found = 0;
  for (let nth = 0; nth < 100_000; nth += 1) {
    const record = store.get(`id-${nth}`);
    if (!record) continue;
    found += 1;
    bytes += JSON.stringify(record).length + `id-${nth}`.length;
  }
  expect(found).toBe(store.size);
  expect(bytes).toBeLessThanOrEqual(20_000);
  expect(store.get('id-99999')).toMatchObject({ nth: 99_999 });
});

describe('an option that is not a positive integer is refused by name:', () => {
  it.each([0, -1, 1.5, Number.NaN, Infinity, '100', null])('max and maxBytes %o', (value) => {
    for (const name of ['max', 'maxBytes']) {
      expect(() => new MemoryStore({ [name]: value })).toThrow(
        new RangeError(`MemoryStore: ${name} must be a positive integer, got ${value}`),
      );
    }
  });
});

describe('the clock and the ttl', () => {
  it('an injected clock may begin at 0', () => {
    let time = 0;
    const store = new MemoryStore({ now: () => time });
    store.set('a', {}, 10);
    time = 100;
    expect(store.get('a')).toBeUndefined();
  });

  it('a ttl of NaN is refused with an error that names MemoryStore', () => {
    expect(() => new MemoryStore().set('a', {}, Number.NaN)).toThrow(/^MemoryStore/);
  });
});

describe('a session that was stored through one contract is available through the other', () => {
  it('as a record when it was created or updated', () => {
    const { store } = makeStore();
    const version = store.create('id', write({ n: 1 })) ?? 0;
    const record = { n: 1, _expire: LIFE.idleEndsAt, _maxAge: LIFE.maxAge, _created: LIFE.createdAt };
    expect(store.get('id')).toEqual(record);
    store.update(
      'id',
      version,
      write({ n: 2 }, { life: { ...LIFE, maxAge: 'session', idleEndsAt: undefined } }),
    );
    expect(store.get('id')).toEqual({ n: 2, _session: true, _created: LIFE.createdAt });
  });

  it('as data and life when it was set', () => {
    const { store } = makeStore();
    store.set('id', { n: 1, _expire: 5, _maxAge: 4 });
    expect(store.read('id')).toMatchObject({
      data: '{"n":1}',
      life: { createdAt: undefined, idleEndsAt: 5, maxAge: 4, hasOwnMaxAge: false },
    });
  });

  it('and can be updated, touched and destroyed at the version that set gave it', () => {
    const { store, advance } = makeStore();
    const versionOf = (id: string) => (store.read(id) as { version: number }).version;
    store.set('id', { n: 1, _expire: 5, _maxAge: 4 }, 1000);
    const version = versionOf('id');
    const life = { createdAt: undefined, idleEndsAt: 9, maxAge: 4, hasOwnMaxAge: false };
    expect(store.touch('id', version, write({}, { life, ttl: 2000 }))).toEqual({ kind: 'done', version });
    advance(1500);
    expect(store.get('id')).toEqual({ n: 1, _expire: 9, _maxAge: 4 });
    store.set('id', { n: 2, _expire: 5, _maxAge: 4 }, 2000);
    expect(store.update('id', version, write({})), 'set changes it, too').toMatchObject({ kind: 'changed' });
    const earlier = { ...life, idleEndsAt: 4 };
    store.update('id', versionOf('id'), write({ n: 3 }, { life: earlier, ttl: 1000 }));
    advance(1500);
    expect(store.get('id'), 'the longer life is kept').toEqual({ n: 3, _expire: 5, _maxAge: 4 });
    store.set('id', { n: 4 });
    expect(store.destroy('id', { version: versionOf('id') })).toMatchObject({ kind: 'done' });
    expect(store.size).toBe(0);
  });

  it('and belongs to nobody when it was set, since set has no user', () => {
    const { store } = makeStore();
    store.create('id', of('alice'));
    store.set('id', { n: 2 });
    expect([store.listByUser('alice'), store.size]).toEqual([[], 1]);
  });
});

it('an expired session is removed when it is read', () => {
  const { store, advance } = makeStore();
  store.create('a', write({}, { ttl: 1000 }));
  store.create('b', write({}, { ttl: 1000, userId: 'bob' }));
  advance(1001);
  expect(store.size).toBe(2);
  store.read('a');
  store.read('b');
  expect(store.size).toBe(0);
});

it('a touched record counts the bytes of its id and data', () => {
  const { store } = makeStore({ maxBytes: 50 });
  store.set('id', { n: 1, _expire: LIFE.idleEndsAt, _maxAge: 5 });
  store.touch('id', (store.read('id') as { version: number }).version, write({}));
  store.set('i2', { text: 'x'.repeat(50 - 9 - 13) });
  expect([store.get('id')?.['n'], store.size]).toEqual([1, 2]);
});

it.each([[undefined], ['alice']])('a session of %o that is touched repeatedly counts once', (userId) => {
  const { store } = makeStore({ maxBytes: 2 * '1{}'.length });
  const version = store.create('1', write({}, { userId })) ?? 0;
  store.create('2', write({}, { userId }));
  const longer = { ...LIFE, idleEndsAt: 1_800_000_000_000 };
  for (let nth = 0; nth < 20; nth += 1) store.touch('1', version, write({}, { userId, life: longer }));
  expect([isThere(store, '1'), isThere(store, '2')]).toEqual([true, true]);
});

describe('every method', () => {
  it('is synchronous', () => {
    const { store } = makeStore();
    const version = store.create('id', of('alice')) ?? 0;
    const answers = [
      version,
      store.read('id'),
      store.update('id', version, of('alice')),
      store.touch('id', version, of('alice')),
      store.listByUser('alice'),
      store.destroyByUser('alice'),
      store.destroy('id'),
    ];
    expect(answers.filter((answer) => answer instanceof Promise)).toEqual([]);
  });

  it('that is given a ttl of 0 or less removes the session', () => {
    for (const ttl of [0, -1, -Infinity]) {
      const { store } = makeStore();
      expect(store.create('created', write({}, { ttl }))).toBeDefined();
      const longer = { life: { ...LIFE, idleEndsAt: 1_800_000_000_000 }, ttl };
      const first = store.create('updated', write({})) ?? 0;
      expect(store.update('updated', first, write({}, longer))).toMatchObject({ kind: 'done' });
      const second = store.create('touched', of('alice')) ?? 0;
      expect(store.touch('touched', second, { ...longer, userId: 'alice' })).toMatchObject({ kind: 'done' });
      expect(['created', 'updated', 'touched'].map((id) => store.read(id))).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
      expect([store.size, store.listByUser('alice')]).toEqual([0, []]);
    }
  });

  it('refuses a ttl of NaN and changes nothing', () => {
    const { store } = makeStore();
    const version = store.create('id', write({ n: 1 })) ?? 0;
    const before = store.read('id');
    const broken = write({ n: 2 }, { ttl: Number.NaN });
    const error = new RangeError('MemoryStore: ttl must be a number of ms, got NaN');
    expect(() => store.create('other', broken)).toThrow(error);
    expect(() => store.update('id', version, broken)).toThrow(error);
    expect(() => store.touch('id', version, broken)).toThrow(error);
    expect([store.read('id'), store.size]).toEqual([before, 1]);
  });

  it('refuses a session larger than maxBytes and changes nothing', () => {
    const { store } = makeStore({ maxBytes: 12 });
    const version = store.create('id', write({ n: 1 })) ?? 0;
    const before = store.read('id');
    const large = write({ n: 'ééé' });
    const error = new RangeError('MemoryStore: a session of 16 bytes exceeds maxBytes (12)');
    expect(() => store.create('i2', large)).toThrow(error);
    expect(() => store.update('id', version, large)).toThrow(error);
    expect([store.read('id'), store.size]).toEqual([before, 1]);
  });
});

describe('an id', () => {
  it('is not stored: only its SHA-256 is, from which handles are made', () => {
    const put = vi.spyOn(LRUCache.prototype, 'set');
    onTestFinished(() => put.mockRestore());
    const { store } = makeStore();
    const ids = Array.from({ length: 5 }, () => generateSessionId());
    const [first = '', second = '', third = '', fourth = '', fifth = ''] = ids;
    store.set(first, { n: 1 });
    store.create(second, write({ n: 2 }));
    store.update(third, store.create(third, write({ n: 3 })) ?? 0, of('alice'));
    store.touch(fourth, store.create(fourth, of('bob')) ?? 0, write({}, { life: { ...LIFE, createdAt: 1 } }));
    store.create(fifth, of('alice'));
    store.destroy(fifth, { replaced: true });
    const seen = [
      inspect(store, { depth: 10, showHidden: true }),
      inspect(put.mock.calls, { depth: 10, maxArrayLength: null }),
      inspect([store.listByUser('alice'), store.listByUser('bob')], { depth: 10 }),
    ].join('\n');
    const keys = put.mock.calls.map(([key]) => Buffer.from(key as string, 'latin1').toString('base64url'));
    for (const id of ids) {
      expect(seen).not.toContain(id);
      expect(keys).toContain(handleOf(id));
    }
    expect(new Set(keys).size, 'there are no other keys').toBe(ids.length);
  });

  it('that was replaced can be created again, and no longer reads as replaced', () => {
    const { store } = makeStore();
    store.create('id', write({ n: 1 }));
    store.destroy('id', { replaced: true });
    expect(store.create('id', write({ n: 2 }))).toBeDefined();
    expect(store.read('id')).toMatchObject({ data: '{"n":2}' });
    store.destroy('id');
    expect(store.read('id')).toBeUndefined();
  });

  it('reads as replaced for exactly as long as the contract says', () => {
    const { store, advance } = makeStore();
    store.create('id', write({}));
    store.destroy('id', { replaced: true });
    advance(REPLACED_FOR - 1);
    expect(store.read('id')).toBe('replaced');
    advance(1);
    expect(store.read('id')).toBeUndefined();
  });

  it('reads as replaced only while it is among the `max` latest', () => {
    const { store } = makeStore({ max: 3 });
    for (const id of ['a', 'b', 'c', 'd']) {
      store.create(id, write({}));
      store.destroy(id, { replaced: true });
    }
    expect(['a', 'b', 'c', 'd'].map((id) => store.read(id))).toEqual([
      undefined,
      'replaced',
      'replaced',
      'replaced',
    ]);
  });
});

describe('users and anonymous sessions have separate bounds', () => {
  it('so a flood of 10,000 anonymous sessions evicts no user, by number or by bytes', () => {
    for (const bounds of [{ max: 50 }, { maxBytes: 800 }]) {
      const { store } = makeStore(bounds);
      const users = Array.from({ length: 20 }, (_, nth) => `user-${nth}`);
      for (const user of users) store.create(user, of(user));
      let highest = 0;
      for (let nth = 0; nth < 10_000; nth += 1) {
        if (nth % 2 === 0) store.create(`flood-${nth}`, write({ nth }));
        else store.set(`flood-${nth}`, { nth });
        highest = Math.max(highest, store.size);
      }
      for (const user of users) {
        expect(store.read(user)).toBeDefined();
        expect(store.listByUser(user)).toHaveLength(1);
      }
      // Each of the flood counts for 16 bytes or more.
      expect(highest).toBeLessThanOrEqual(20 + 50);
      expect(store.read('flood-9999')).toBeDefined();
    }
  });

  it('each with the full `max`', () => {
    const { store } = makeStore({ max: 2 });
    for (const id of ['a', 'b', 'c']) store.create(id, write({}));
    for (const id of ['x', 'y', 'z']) store.create(id, of(id));
    expect(store.size).toBe(4);
    expect(['a', 'x'].map((id) => store.read(id))).toEqual([undefined, undefined]);
  });

  it('and a session that logs in or out changes from one to the other', () => {
    const { store } = makeStore({ max: 2 });
    const first = store.create('id', write({})) ?? 0;
    const loggedIn = store.update('id', first, of('alice'));
    for (const id of ['a', 'b', 'c']) store.create(id, write({}));
    expect(store.read('id')).toBeDefined();
    expect(store.size).toBe(3);
    store.update('id', loggedIn.kind === 'done' ? loggedIn.version : 0, write({}));
    expect(store.size, 'it has evicted an anonymous one').toBe(2);
    for (const id of ['d', 'e']) store.create(id, write({}));
    expect(store.read('id')).toBeUndefined();
  });
});

describe('the index by user', () => {
  it('has no evicted session', () => {
    const { store } = makeStore({ max: 3 });
    for (let nth = 0; nth < 100; nth += 1) store.create(`id-${nth}`, of(`user-${nth % 2}`));
    const handles = ['user-0', 'user-1']
      .flatMap((user) => store.listByUser(user))
      .map(({ handle }) => handle);
    expect(handles.toSorted()).toEqual(['id-97', 'id-98', 'id-99'].map(handleOf).toSorted());
    expect(store.destroyByUser('user-0') + store.destroyByUser('user-1')).toBe(3);
    expect(store.size).toBe(0);
  });

  it('may be read without counting as a use: a listed session is evicted as if it had not been listed', () => {
    const { store } = makeStore({ max: 2 });
    store.create('a', of('alice'));
    store.create('b', of('bob'));
    store.listByUser('alice');
    store.create('c', of('carol'));
    expect(store.listByUser('alice')).toEqual([]);
    expect(store.listByUser('bob')).toHaveLength(1);
  });

  it(`agrees with what can be read after any sequence of calls (seed ${SEED})`, () => {
    const { store, advance } = makeStore({ max: 8, maxBytes: 150 });
    const random = makeRandom(SEED);
    const pick = <T>(all: T[]): T => all[Math.floor(random() * all.length)] as T;
    const ids = Array.from({ length: 30 }, (_, nth) => `id-${nth}`);
    const users = ['alice', 'bob', 'carol'];
    const owners = new Map<string, string | undefined>();
    const act = (id: string): unknown => {
      const found = store.read(id);
      const version = typeof found === 'object' ? found.version : 0;
      const userId = pick([...users, undefined]);
      const session = write(
        { x: 'x'.repeat(random() * 20) },
        {
          userId,
          ttl: 1 + random() * 1000,
          maxOfUser: pick([undefined, 1, 3]),
        },
      );
      return pick<() => unknown>([
        () => store.create(id, session) !== undefined && owners.set(id, userId),
        () => store.update(id, version, session).kind === 'done' && owners.set(id, userId),
        () => store.touch(id, version, session),
        () => owners.set(id, undefined) && store.set(id, { n: 1 }, session.ttl),
        () => store.destroy(id, { replaced: random() < 0.5 }),
        () => random() < 0.1 && store.destroyByUser(pick(users), { except: pick(ids) }),
        () => advance(random() * 50),
      ])();
    };
    const listed = (): string[] =>
      users.flatMap((user) => store.listByUser(user).map(({ handle }) => `${user} ${handle}`));
    const readable = (): string[] =>
      ids
        .filter((id) => owners.get(id) && isThere(store, id))
        .map((id) => `${owners.get(id)} ${handleOf(id)}`);
    let most = 0;
    for (let step = 0; step < 20_000; step += 1) {
      act(pick(ids));
      // Reading all sessions changes their order of use, so it is not done at every step.
      if (step % 10 > 0) continue;
      expect(listed().toSorted(byText), `step ${step}`).toEqual(readable().toSorted(byText));
      most = Math.max(most, listed().length);
    }
    expect(most, 'sessions of users at once').toBeGreaterThan(4);
    expect(store.size).toBeLessThanOrEqual(16);
  });

  it('has at most `maxOfUser` sessions of a user who logs in again and again', () => {
    const { store, advance } = makeStore();
    store.create('bob', of('bob'));
    for (let nth = 0; nth < 10_000; nth += 1) {
      advance(1);
      store.create(`id-${nth}`, { ...of('alice'), maxOfUser: 3 });
      expect(store.size).toBe(1 + Math.min(3, nth + 1));
    }
    expect(store.listByUser('alice').map(({ handle }) => handle)).toEqual(
      [9997, 9998, 9999].map((nth) => handleOf(`id-${nth}`)),
    );
    expect(isThere(store, 'bob')).toBe(true);
  });

  it('updates without reading the sessions of a user who logs in, whether at the limit or not', () => {
    const { store } = makeStore();
    for (let nth = 0; nth < 100; nth += 1) store.create(`id-${nth}`, { ...of('alice'), maxOfUser: 100 });
    const peek = vi.spyOn(LRUCache.prototype, 'peek');
    onTestFinished(() => peek.mockRestore());
    for (let nth = 100; nth < 110; nth += 1) store.create(`id-${nth}`, { ...of('alice'), maxOfUser: 100 });
    expect(peek).not.toHaveBeenCalled();
    expect(store.listByUser('alice')).toHaveLength(100);
  });

  it('has no entry for a user without sessions', () => {
    const add = vi.spyOn(Map.prototype, 'set');
    onTestFinished(() => add.mockRestore());
    const { store } = makeStore({ max: 5 });
    store.create('id', of('alice'));
    const index = add.mock.contexts.find((map) => (map as Map<unknown, unknown>).has('alice')) as Map<
      string,
      Set<string>
    >;
    for (let nth = 0; nth < 100; nth += 1) store.create(`id-${nth}`, of(`user-${nth}`));
    expect(index.size).toBe(5);
    for (let nth = 0; nth < 100; nth += 1) store.destroyByUser(`user-${nth}`);
    expect([index.size, store.size]).toEqual([0, 0]);
  });
});
