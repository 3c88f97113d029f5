import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { BoundedLimiter } from './bounded-limiter.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it.each(['consume', 'penalty', 'reward'] as const)(
  'keeps no more keys than it may, by %s',
  async (method) => {
    const limiter = new BoundedLimiter({ points: 5, duration: 60 }, 2);
    for (const key of ['a', 'b', 'c', 'd']) await limiter[method](key);
    // One timer for each key.
    expect(vi.getTimerCount()).toBe(2);
    expect([await limiter.get('b'), (await limiter.get('d'))?.consumedPoints]).toEqual([
      null,
      method === 'reward' ? -1 : 1,
    ]);
  },
);
