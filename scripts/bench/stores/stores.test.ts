import { describe, expect, it } from 'vitest';
import { newData } from '../kinds.ts';
import { churn } from './churn.ts';
import { Ids } from './ids.ts';
import { longest, without } from './pauses.ts';

it('a session is 200 bytes of JSON', () => {
  const { length } = JSON.stringify(newData(1_000_000));
  expect(Math.abs(length - 200)).toBeLessThanOrEqual(10);
});

function order(ids: Ids): number[] {
  return Array.from({ length: 200 }, () => ids.random());
}

describe('ids', () => {
  it('are those of sessions, the same ones each time they are asked for', () => {
    const ids = new Ids(2);
    expect(ids.at(0)).toMatch(/^[\w-]{32}$/);
    expect(ids.at(0)).toBe(ids.at(0));
    expect(ids.at(0)).not.toBe(ids.at(1));
  });

  it('are visited in the same random order by each store, which goes to all of them', () => {
    const seen = order(new Ids(10));
    expect(order(new Ids(10))).toEqual(seen);
    expect(new Set(seen).size).toBe(10);
  });
});

describe('stretches without a turn of the event loop', () => {
  const work = [
    { start: 0, end: 5 },
    { start: 10, end: 12 },
    { start: 20, end: 29 },
  ];

  it('are told without those in which garbage was collected', () => {
    expect(longest(without(work, [{ start: 21, end: 22 }]))).toBe(5);
    expect(longest(without(work, [{ start: 5, end: 10 }]))).toBe(9);
    expect(longest(without(work, [{ start: 0, end: 30 }]))).toBe(0);
  });
});

it.each(['anonymous', 'users'] as const)(
  'a store under churn answers, with sessions of %s',
  async (owners) => {
    const { p50, p999, longest: most } = await churn(owners, 10, 200);
    expect(p50).toBeGreaterThan(0);
    expect(p999).toBeGreaterThanOrEqual(p50);
    expect(most).toBeGreaterThanOrEqual(0);
  },
);
