import { median, quantile } from 'simple-statistics';

export interface Estimate {
  value: number;
  /** Half the width of an interval that contains the true value in 95 of 100 runs. */
  noise: number;
}

/** Standard deviations to each side, for 95 %. */
const REACH = 1.96;

/**
 * The median of the rounds. Its interval uses ranks and assumes no distribution: on a busy machine some rounds take far
 * too long, which would widen an interval that uses squares.
 */
export function estimate(values: number[]): Estimate {
  const reach = REACH / 2 / Math.sqrt(values.length);
  const [low, high] = [Math.max(0, 0.5 - reach), Math.min(1, 0.5 + reach)];
  return { value: median(values), noise: (quantile(values, high) - quantile(values, low)) / 2 };
}

/** @returns undefined if `whole` is below four times its noise: the fraction would mean nothing */
export function fractionOf(part: Estimate, whole: Estimate): number | undefined {
  return whole.value >= 4 * whole.noise && whole.value > 0 ? part.value / whole.value : undefined;
}
