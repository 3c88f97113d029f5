import { describe, expect, it } from 'vitest';
import { estimate, fractionOf } from './estimate.ts';

function noiseOf(rounds: number): number {
  return estimate(Array.from({ length: rounds }, (_none, at) => at / rounds)).noise;
}

describe('estimate', () => {
  it('has no noise if all rounds agree', () => {
    expect(estimate([7, 7, 7, 7])).toEqual({ value: 7, noise: 0 });
  });

  it('uses ranks: a few very slow rounds change nothing', () => {
    const rounds = Array.from({ length: 25 }, (_none, at) => at);
    const disturbed = rounds.map((value) => (value >= 22 ? 10_000 : value));
    expect(estimate(disturbed)).toEqual(estimate(rounds));
  });

  it('has less noise with more rounds', () => {
    expect(noiseOf(100)).toBeLessThan(noiseOf(10) / 2);
  });

  it('contains the true median in about 95 of 100 runs', () => {
    let seed = 1;
    // Marsaglia's xorshift: the same numbers in every run.
    const draw = (): number => {
      seed ^= seed << 13;
      seed ^= seed >>> 17;
      seed ^= seed << 5;
      return (seed >>> 0) / 2 ** 32;
    };
    // Skewed, as times are: the median is a quarter.
    const runs = Array.from({ length: 2000 }, () => estimate(Array.from({ length: 30 }, () => draw() ** 2)));
    const held = runs.filter(({ value, noise }) => Math.abs(value - 0.25) <= noise).length;
    expect(held / runs.length).toBeGreaterThan(0.9);
  });
});

describe('a fraction', () => {
  const part = { value: 3, noise: 1 };

  it('is the quotient of the two medians', () => {
    expect(fractionOf(part, { value: 30, noise: 2 })).toBe(0.1);
  });

  it('is undefined for a whole that is close to its noise, zero or negative', () => {
    for (const whole of [
      { value: 1, noise: 0.5 },
      { value: 0, noise: 0 },
      { value: -2, noise: 0.1 },
    ]) {
      expect(fractionOf(part, whole)).toBeUndefined();
    }
  });
});
