import { expect, it } from 'vitest';
import { handleOf } from '../core/session-id.ts';
import { countShards, ShardedLru, Shards } from './sharded-lru.ts';

/** `count` handles, the same ones each time. */
function keys(count: number): string[] {
  return Array.from({ length: count }, (_, nth) => handleOf(`id ${nth}`));
}

/** A cache in which each value is its own size. */
function sharded(max: number, maxSize = Infinity): ShardedLru<number> {
  return new ShardedLru<number>(10, { max, maxSize }, (size) => size);
}

const setSized = (cache: ShardedLru<number>, key: string, size: number): void =>
  cache.set(key, size, size - (cache.peek(key) ?? 0));

it('up to 4096 entries take one shard, and more take shards of a few thousand each', () => {
  expect([1, 4096].map(countShards)).toEqual([1, 1]);
  for (const expected of [100_000, 1_000_000, 50_000_000]) {
    expect(expected / countShards(expected)).toBeLessThan(4000);
    expect(expected / countShards(expected)).toBeGreaterThan(3000);
  }
  expect(countShards(Number.MAX_SAFE_INTEGER), 'the most shards').toBe(100_000);
});

it('similar keys spread evenly over the shards', () => {
  const shards = new Shards(10, () => ({ count: 0 }));
  for (let nth = 0; nth < 10_000; nth += 1) shards.for(`user-${nth}@example.org`).count += 1;
  const counts = Array.from({ length: 10_000 }, (_, nth) => shards.of(`user-${nth}@example.org`)?.count ?? 0);
  expect(new Set(counts).size).toBeGreaterThan(1);
  expect(Math.min(...counts)).toBeGreaterThan(800);
  expect(Math.max(...counts)).toBeLessThan(1200);
});

it('a shard is made for its first entry, not for a lookup', () => {
  let made = 0;
  const shards = new Shards(10, () => (made += 1));
  expect([shards.of('a'), made]).toEqual([undefined, 0]);
  shards.for('a');
  expect([shards.of('a'), made]).toEqual([1, 1]);
});

it('a cache returns what was set until it is deleted', () => {
  const cache = sharded(5000);
  const all = keys(5000);
  for (const [nth, key] of all.entries()) cache.set(key, nth);
  for (const key of [...all.slice(0, 100), 'never there']) cache.delete(key);
  expect(all.map((key) => cache.get(key))).toEqual(all.map((_key, nth) => (nth < 100 ? undefined : nth)));
  expect(all.map((key) => cache.peek(key))).toEqual(all.map((key) => cache.get(key)));
  expect(cache.count).toBe(4900);
});

it.each([1024, 10_000])(
  'a single shard with a max of %d evicts the least recently used entries, in order',
  (max) => {
    const cache = new ShardedLru<number>(1, { max });
    const all = keys(max + 400);
    for (const [nth, key] of all.slice(0, max).entries()) cache.set(key, nth);
    for (const key of all.slice(0, 500)) cache.get(key);
    for (const [nth, key] of all.slice(max).entries()) cache.set(key, nth);
    const left = all.filter((key) => cache.peek(key) !== undefined);
    expect(left).toEqual([...all.slice(0, 500), ...all.slice(900)]);
  },
);

it('many shards evict the least recently used entries too, but for a few, however many were evicted before', () => {
  const max = 20_000;
  const cache = sharded(max);
  const all = keys(15 * max);
  let highest = 0;
  for (const [nth, key] of all.entries()) {
    cache.set(key, nth);
    highest = Math.max(highest, cache.count);
  }
  expect([highest, cache.count]).toEqual([max, max]);
  const latest = all.slice(-max);
  const left = latest.filter((key) => cache.peek(key) !== undefined).length;
  expect(left / max).toBeGreaterThan(0.95);
  expect(latest.slice(-max / 2).every((key) => cache.peek(key) !== undefined)).toBe(true);
});

it('a large entry evicts entries from all shards, and stays', () => {
  const cache = sharded(100_000, 10_000);
  const all = keys(10_000);
  for (const key of all) setSized(cache, key, 1);
  setSized(cache, 'large', 5000);
  expect([cache.count, cache.peek('large'), cache.size]).toEqual([5001, 5000, 10_000]);
  // Half of each shard was evicted.
  expect(all.slice(0, 4000).filter((key) => cache.peek(key) !== undefined).length).toBeLessThan(200);
  expect(all.slice(6000).filter((key) => cache.peek(key) === undefined).length).toBeLessThan(200);
  setSized(cache, 'larger', 10_000);
  expect([cache.count, cache.peek('larger')]).toEqual([1, 10_000]);
  setSized(cache, 'larger', 9999);
  setSized(cache, 'small', 1);
  expect([cache.count, cache.peek('larger'), cache.peek('small')]).toEqual([2, 9999, 1]);
});

it('each removed value is reported once, and an overwritten one is not', () => {
  const reported: string[] = [];
  const onRemove = (value: number, key: string): number => reported.push(`${key} ${value}`);
  const cache = new ShardedLru<number>(10, { max: 2000 }, onRemove);
  for (let nth = 0; nth < 2000; nth += 1) cache.set(`key-${nth}`, nth);
  cache.set('key-7', -7);
  expect(reported).toEqual([]);
  cache.delete('key-7');
  cache.delete('key-7');
  expect(reported).toEqual(['key-7 -7']);
  for (let nth = 2000; nth < 2002; nth += 1) cache.set(`key-${nth}`, nth);
  expect(reported).toEqual(['key-7 -7', expect.stringMatching(/^key-(\d+) \1$/)]);
  expect(cache.count).toBe(2000);
});

it('the newest entry is not evicted while there is another', () => {
  const cache = sharded(1);
  for (const [nth, key] of keys(100).entries()) {
    cache.set(key, nth);
    expect([cache.count, cache.peek(key)]).toEqual([1, nth]);
  }
});
