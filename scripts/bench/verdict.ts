import { type Estimate, fractionOf } from './estimate.ts';
import { type Goal, TOLERANCE } from './goals.ts';

/** Whether a goal is met; `near`: it is not, but by no more than the noise, so that nobody can say. */
export type Standing = 'met' | 'near' | 'missed';

export const MARKS: Record<Standing, string> = { met: '✓', near: '≈', missed: '✗' };

/** A figure beside its goal. */
export interface Verdict {
  /** What was measured, in words. */
  of: string;
  /** As it is shown. */
  value: string;
  /** The most that it may be. */
  goal: number;
  reached: number | undefined;
  standing: Standing;
  /** Whether it is no worse than was recorded, by more than the tolerance. `--check` fails else. */
  holds: boolean;
}

/** A goal for a number that is what it is, without noise to speak of. */
export function judge(of: string, value: number, { goal, reached }: Goal): Verdict {
  const holds = value <= (reached ?? goal) * TOLERANCE;
  return { of, value: figure(value), goal, reached, standing: value <= goal ? 'met' : 'missed', holds };
}

/**
 * A goal for `part` as a fraction of `whole`. It is missed only when `part` is more than that fraction by more than the noise of
 * both: so it can be asked of a whole that is next to nothing as well.
 */
export function judgeFraction(
  of: string,
  { part, whole }: { part: Estimate; whole: Estimate },
  { goal, reached }: Goal,
): Verdict {
  const standingAt = (fraction: number): Standing => {
    const excess = part.value - fraction * whole.value;
    if (excess <= 0) return 'met';
    return excess <= Math.hypot(part.noise, fraction * whole.noise) ? 'near' : 'missed';
  };
  return {
    of,
    value: fractionText(part, whole),
    goal,
    reached,
    standing: standingAt(goal),
    holds: reached === Infinity || standingAt((reached ?? goal) * TOLERANCE) !== 'missed',
  };
}

/** What is worse than recorded, a line for each. */
export function complaints(verdicts: readonly Verdict[]): string[] {
  return verdicts
    .filter(({ holds }) => !holds)
    .map(({ of, value, goal, reached }) => `${of}: ${value}, where at most ${reached ?? goal} is recorded`);
}

/** Where there is no fraction to speak of, how far apart the two are, µs. */
export function fractionText(part: Estimate, whole: Estimate): string {
  const fraction = fractionOf(part, whole);
  if (fraction !== undefined) return figure(fraction);
  const apart = { value: part.value - whole.value, noise: Math.hypot(part.noise, whole.noise) };
  return `${overheadText(apart)} µs`;
}

/** `+42.6 ± 0.4` */
export function overheadText({ value, noise }: Estimate): string {
  const shown = Math.abs(value).toFixed(1);
  return `${value < 0 && shown !== '0.0' ? '−' : '+'}${shown} ± ${noise.toFixed(1)}`;
}

/** The value alone, for where there is no room for more: none that is less than its noise. */
export function bareText({ value, noise }: Estimate): string {
  return value > noise ? value.toFixed(1) : '≈ 0';
}

/** Two digits behind the point, where they say something. */
function figure(value: number): string {
  return value >= 10 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(2);
}
