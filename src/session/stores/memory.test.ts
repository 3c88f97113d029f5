import { describe, expect, it } from 'vitest';
import { MemoryStore, type MemoryStoreOptions } from './memory.ts';

/** A store on a clock that the test moves. It does not begin at 0, which the cache takes for "no time". */
function makeStore(options: MemoryStoreOptions = {}) {
  let time = 1_000_000;
  const store = new MemoryStore({ now: () => time, ...options });
  return { store, advance: (ms: number) => void (time += ms) };
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

  it('begins anew with each set, and not with get', () => {
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

  it.each<['session' | undefined]>([['session'], [undefined]])('%o has no end', (ttl) => {
    const { store, advance } = makeStore();
    store.set('a', {}, ttl);
    advance(1e12);
    expect(store.get('a')).toEqual({});
  });

  it("of a dated record ends when it is saved as 'session', and begins when it is dated again", () => {
    const { store, advance } = makeStore();
    store.set('a', {}, 1000);
    store.set('a', {}, 'session');
    advance(5000);
    expect(store.get('a')).toEqual({});
    store.set('a', {}, 1000);
    advance(1001);
    expect(store.get('a')).toBeUndefined();
  });

  it.each([0, -1, -Infinity])('of %d forgets the record', (ttl) => {
    const { store } = makeStore();
    store.set('a', { n: 1 });
    store.set('a', { n: 2 }, ttl);
    expect([store.get('a'), store.size]).toEqual([undefined, 0]);
  });

  it('of less than a millisecond is a millisecond', () => {
    const { store, advance } = makeStore();
    store.set('a', {}, 0.2);
    expect(store.get('a')).toEqual({});
    advance(2);
    expect(store.get('a')).toBeUndefined();
  });

  it('is counted by the real clock when none is given', () => {
    const store = new MemoryStore();
    store.set('a', {}, 60_000);
    expect(store.get('a')).toEqual({});
  });
});

describe('the bound by number', () => {
  it('lets the least recently used go first', () => {
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

  it('counts id and JSON in UTF-8, and lets the least recently used go first', () => {
    const { store } = makeStore({ maxBytes: 2 * BYTES });
    store.set('i1', record);
    store.set('i2', record);
    expect(store.size).toBe(2);
    store.get('i1');
    store.set('i3', record);
    expect([store.get('i1'), store.get('i2'), store.get('i3')]).toEqual([record, undefined, record]);
  });

  it('makes as much room as a large record needs', () => {
    const { store } = makeStore({ maxBytes: 3 * BYTES });
    for (const id of ['i1', 'i2', 'i3']) store.set(id, record);
    store.set('i4', { n: 'é'.repeat(1 + BYTES / 2) });
    expect([store.get('i1'), store.get('i2'), store.get('i3')]).toEqual([undefined, undefined, record]);
  });

  it('takes a record that just fits and refuses one that does not, naming the bytes', () => {
    const { store } = makeStore({ maxBytes: BYTES });
    store.set('id', record);
    expect(store.get('id')).toEqual(record);
    expect(() => store.set('id', { n: 'é!' })).toThrow(
      new RangeError(`MemoryStore: a session of ${BYTES + 1} bytes does not fit into maxBytes (${BYTES})`),
    );
    expect(store.get('id'), 'what was there stays').toEqual(record);
  });
});

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

describe('an option that is no positive integer is refused, naming it:', () => {
  it.each([0, -1, 1.5, Number.NaN, Infinity, '100', null])('max and maxBytes %o', (value) => {
    for (const name of ['max', 'maxBytes']) {
      expect(() => new MemoryStore({ [name]: value })).toThrow(
        new RangeError(`MemoryStore: ${name} must be a positive integer, got ${value}`),
      );
    }
  });
});

describe('the clock and the ttl', () => {
  it('MemoryStore forgets by an injected clock that begins at 0', () => {
    let time = 0;
    const store = new MemoryStore({ now: () => time });
    store.set('a', {}, 10);
    time = 100;
    expect(store.get('a')).toBeUndefined();
  });

  it('MemoryStore refuses a ttl of NaN in our words', () => {
    expect(() => new MemoryStore().set('a', {}, Number.NaN)).toThrow(/^MemoryStore/);
  });
});
