import { table } from '../scale/markdown.ts';
import { type Estimate, fractionOf } from './estimate.ts';

/** Whether a goal is met; `near`: it is missed, but by no more than the noise, so that nobody can say. */
export type Standing = 'met' | 'near' | 'missed';

const MARKS: Record<Standing, string> = { met: '✓', near: '≈', missed: '✗' };

/** A figure beside its goal. */
export interface Verdict {
  standing: Standing;
  /** `0.10 (≤ 0.35 ✓)` */
  text: string;
}

/** A table of goals. */
export interface Goals {
  head: string[];
  rows: [of: string, ...Verdict[]][];
}

function verdict(value: string, most: string, { value: excess, noise }: Estimate): Verdict {
  const standing = excess <= 0 ? 'met' : excess <= noise ? 'near' : 'missed';
  return { standing, text: `${value} (≤ ${most} ${MARKS[standing]})` };
}

/** For a number without noise to speak of. */
export function judge(value: number, most: number): Verdict {
  return verdict(figure(value), String(most), { value: value - most, noise: 0 });
}

export function judgeMicros(cost: Estimate, most: number): Verdict {
  return verdict(`${overheadText(cost)} µs`, `${most} µs`, { ...cost, value: cost.value - most });
}

/** For `part` as a fraction of `whole`. Judged by the µs beyond, so that `whole` may be next to nothing. */
export function judgeFraction(part: Estimate, whole: Estimate, most: number): Verdict {
  const excess = difference(part, { value: most * whole.value, noise: most * whole.noise });
  return verdict(fractionText(part, whole), String(most), excess);
}

export function goalTable({ head, rows }: Goals): string {
  return table(
    head,
    rows.map(([of, ...verdicts]) => [of, ...verdicts.map(({ text }) => text)]),
  );
}

/** The goals that are missed, a line for each. */
export function missed({ head, rows }: Goals): string[] {
  return rows.flatMap(([of, ...verdicts]) =>
    verdicts.flatMap(({ standing, text }, at) =>
      standing === 'missed' ? [`${of}, ${head[at + 1]}: ${text}`] : [],
    ),
  );
}

/** Where there is no fraction to speak of, how far apart the two are, µs. */
function fractionText(part: Estimate, whole: Estimate): string {
  const fraction = fractionOf(part, whole);
  return fraction === undefined ? `${overheadText(difference(part, whole))} µs` : figure(fraction);
}

function difference(one: Estimate, other: Estimate): Estimate {
  return { value: one.value - other.value, noise: Math.hypot(one.noise, other.noise) };
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
