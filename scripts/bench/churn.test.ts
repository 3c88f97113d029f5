import { describe, expect, it } from 'vitest';
import { churn, longestWithout } from './churn.ts';
import { newData } from './workload.ts';

it('a session is 200 bytes of JSON', () => {
  const { length } = JSON.stringify(newData(1_000_000));
  expect(Math.abs(length - 200)).toBeLessThanOrEqual(10);
});

describe('the longest stretch without a turn of the event loop', () => {
  const work = [
    { startTime: 0, duration: 5 },
    { startTime: 10, duration: 2 },
    { startTime: 20, duration: 9 },
  ];

  it('leaves out stretches with a garbage collection', () => {
    expect(longestWithout(work, [{ startTime: 21, duration: 1 }])).toBe(5);
    expect(longestWithout(work, [{ startTime: 5, duration: 5 }])).toBe(9);
    expect(longestWithout(work, [{ startTime: 0, duration: 30 }])).toBe(0);
  });
});

it.each(['anonymous', 'users'] as const)(
  'a store under churn is measured, with sessions of %s',
  async (owners) => {
    const { bytes, longest } = await churn(owners, 10, 200);
    expect(bytes).not.toBeNaN();
    expect(longest).toBeGreaterThanOrEqual(0);
  },
);
