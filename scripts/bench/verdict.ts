import { table } from '../scale/markdown.ts';
import { type Estimate, fractionOf } from './estimate.ts';

/** What a section found. */
export interface Report {
  /** The first is the table of goals, if the section has goals. */
  tables: string[];
  /** A line for each goal that is missed by more than the noise. */
  missed: string[];
}

const MARKS = { met: '✓', near: '≈', missed: '✗' };

/** A figure and its goal. */
export interface Verdict {
  /** `near`: the goal is missed by less than the noise. */
  standing: keyof typeof MARKS;
  /** `0.10 (≤ 0.35 ✓)` */
  text: string;
}

function verdict(figure: string, goal: number | string, { value: excess, noise }: Estimate): Verdict {
  const standing = excess <= 0 ? 'met' : excess <= noise ? 'near' : 'missed';
  return { standing, text: `${figure} (≤ ${goal} ${MARKS[standing]})` };
}

/** For a number without noise. */
export function judge(value: number, goal: number): Verdict {
  return verdict(figureOf(value), goal, { value: value - goal, noise: 0 });
}

/** For a cost in µs, or as a fraction of `whole`. It compares µs, so that `whole` may be close to 0. */
export function judgeCost(cost: Estimate, whole: Estimate, goal: number | `${number} µs`): Verdict {
  if (typeof goal === 'string') {
    const most = { value: Number.parseFloat(goal), noise: 0 };
    return verdict(`${overheadText(cost)} µs`, goal, minus(cost, most));
  }
  const fraction = fractionOf(cost, whole);
  const text = fraction === undefined ? `${overheadText(minus(cost, whole))} µs` : figureOf(fraction);
  return verdict(text, goal, minus(cost, { value: goal * whole.value, noise: goal * whole.noise }));
}

/** A table of goals, with other tables behind it. */
export function reportOf(head: string[], rows: [of: string, ...Verdict[]][], more: string[] = []): Report {
  const cells = rows.map(([of, ...verdicts]) => [of, ...verdicts.map(({ text }) => text)]);
  const missed = rows.flatMap(([of, ...verdicts]) =>
    verdicts.flatMap(({ standing, text }, at) =>
      standing === 'missed' ? [`${of}, ${head[at + 1]}: ${text}`] : [],
    ),
  );
  return { tables: [table(head, cells), ...more], missed };
}

function minus(one: Estimate, other: Estimate): Estimate {
  return { value: one.value - other.value, noise: Math.hypot(one.noise, other.noise) };
}

/** `+42.6 ± 0.4` */
export function overheadText({ value, noise }: Estimate): string {
  const shown = Math.abs(value).toFixed(1);
  return `${value < 0 && shown !== '0.0' ? '−' : '+'}${shown} ± ${noise.toFixed(1)}`;
}

/** Without the noise. What is below it is about 0. */
export function bareText({ value, noise }: Estimate): string {
  return value > noise ? value.toFixed(1) : '≈ 0';
}

/** Two decimals if the value has any. */
function figureOf(value: number): string {
  return value >= 10 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(2);
}
