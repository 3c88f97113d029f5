import { median, quantile } from './quantile.ts';

/** A figure, and how far off it may be. */
export interface Estimate {
  value: number;
  /** Half the width of an interval that holds the true value in 95 of 100 runs. */
  noise: number;
}

/** Of 95 in 100: so many standard deviations to each side. */
const REACH = 1.96;

/**
 * The median of what rounds measured. Its interval goes by ranks and takes no distribution for granted: on a machine with
 * other work some rounds are far too long, and they would widen any that goes by squares.
 */
export function estimate(values: readonly number[]): Estimate {
  const reach = REACH / 2 / Math.sqrt(values.length);
  return {
    value: median(values),
    noise: (quantile(values, Math.min(1, 0.5 + reach)) - quantile(values, Math.max(0, 0.5 - reach))) / 2,
  };
}

/**
 * `part` as a fraction of `whole`. Undefined where the whole itself is hardly more than its noise: a fraction of that would be
 * a number that says nothing.
 */
export function fractionOf(part: Estimate, whole: Estimate): number | undefined {
  return whole.value >= 4 * whole.noise && whole.value > 0 ? part.value / whole.value : undefined;
}
