import { describe, expect, it } from 'vitest';
import { median, quantile } from './quantile.ts';

describe('quantile', () => {
  it('is one of the values: the first that the share does not exceed', () => {
    const hundred = Array.from({ length: 100 }, (_none, at) => 100 - at);
    expect([0.5, 0.99, 0.999, 1].map((share) => quantile(hundred, share))).toEqual([50, 99, 100, 100]);
  });

  it('is the least for nothing of them', () => {
    expect(quantile([3, 1, 2], 0)).toBe(1);
  });

  it('is no number where there are none', () => {
    expect(median([])).toBeNaN();
  });

  it('leaves the values in their order', () => {
    const values = [3, 1, 2];
    expect(median(values)).toBe(2);
    expect(values).toEqual([3, 1, 2]);
  });
});
