import { expect, it } from 'vitest';
import { handleOf } from '../core/session-id.ts';
import { PartedCache, PartedMap } from './parted.ts';

/** `count` handles, the same ones each time. */
function keys(count: number): string[] {
  return Array.from({ length: count }, (_, nth) => handleOf(`id ${nth}`));
}

it('a map of many parts has what was set and not what was deleted', () => {
  const map = new PartedMap<number>(100_000);
  const all = keys(5000);
  for (const [nth, key] of all.entries()) map.set(key, nth);
  for (const key of all.slice(0, 100)) map.delete(key);
  expect(all.map((key) => map.get(key))).toEqual(all.map((_key, nth) => (nth < 100 ? undefined : nth)));
});

it('a cache of many parts has what was set and not what was deleted', () => {
  const cache = new PartedCache<number>(100_000);
  const all = keys(5000);
  for (const [nth, key] of all.entries()) cache.set(key, nth);
  for (const key of [...all.slice(0, 100), 'never there']) cache.delete(key);
  expect(all.map((key) => cache.get(key))).toEqual(all.map((_key, nth) => (nth < 100 ? undefined : nth)));
  expect(all.map((key) => cache.peek(key))).toEqual(all.map((key) => cache.get(key)));
  expect(cache.size).toBe(4900);
});

it('the least recently used go first, in their very order, up to a max of 1024', () => {
  const cache = new PartedCache<number>(1024);
  const all = keys(1424);
  for (const [nth, key] of all.slice(0, 1024).entries()) cache.set(key, nth);
  for (const key of all.slice(0, 500)) cache.get(key);
  for (const [nth, key] of all.slice(1024).entries()) cache.set(key, nth);
  const left = all.filter((key) => cache.peek(key) !== undefined);
  expect(left).toEqual([...all.slice(0, 500), ...all.slice(900)]);
});

it('of more they go first as well, but for a few', () => {
  const max = 20_000;
  const cache = new PartedCache<number>(max);
  const all = keys(2 * max);
  let highest = 0;
  for (const [nth, key] of all.entries()) {
    cache.set(key, nth);
    highest = Math.max(highest, cache.size);
  }
  expect([highest, cache.size]).toEqual([max, max]);
  const latest = all.slice(-max);
  const left = latest.filter((key) => cache.peek(key) !== undefined).length;
  expect(left / max).toBeGreaterThan(0.95);
  expect(latest.slice(-max / 2).every((key) => cache.peek(key) !== undefined)).toBe(true);
});

it('what was used last before a cache is divided is still what was used last', () => {
  const cache = new PartedCache<number>(5000);
  const all = keys(501);
  for (const [nth, key] of all.slice(0, 500).entries()) cache.set(key, nth);
  for (const key of all.slice(0, 250)) cache.get(key);
  cache.set(all[500] ?? '', 500);
  for (let nth = 0; nth < 150; nth += 1) cache.pop('');
  expect(cache.size).toBe(351);
  expect(all.slice(0, 200).filter((key) => cache.peek(key) === undefined)).toEqual([]);
});

it('each value that goes is told of once, and none that is replaced, or when the cache is divided', () => {
  const told: string[] = [];
  const cache = new PartedCache<number>(5000, (value, key) => told.push(`${key} ${value}`));
  for (let nth = 0; nth < 2000; nth += 1) cache.set(`key-${nth}`, nth);
  expect(told).toEqual([]);
  cache.set('key-7', -7);
  cache.delete('key-7');
  cache.delete('key-7');
  expect(told).toEqual(['key-7 -7']);
  const before = told.length;
  expect(cache.pop('')).toBe(true);
  expect(told.slice(before)).toEqual([expect.stringMatching(/^key-(\d+) \1$/)]);
  expect(cache.size).toBe(1998);
});

it('the latest is not what goes, while there is another', () => {
  const cache = new PartedCache<number>(100_000);
  const all = keys(1200);
  for (const [nth, key] of all.entries()) cache.set(key, nth);
  cache.get(all[0] ?? '');
  for (const _other of all.slice(1)) cache.pop(all[0] ?? '');
  expect([cache.size, cache.peek(all[0] ?? '')]).toEqual([1, 0]);
  expect(cache.pop(all[0] ?? '')).toBe(false);
  expect(cache.size).toBe(1);
});
