import { table } from '../scale/markdown.ts';
import { candidateNamed, type Name } from './candidates.ts';
import { type Cost, type Costs, overheadOf } from './costs.ts';
import type { Comparison } from './goals.ts';
import { type ByKind, type Kind, KINDS } from './kinds.ts';
import { bareText, fractionText, judgeFraction, MARKS, overheadText, type Verdict } from './verdict.ts';

/** What a request costs each candidate, and what of it the sessions do. */
export function costTable(costs: Costs): string {
  return table(
    ['CPU of a request, µs', ...KINDS, 'Set-up'],
    entriesOf(costs).map(([name, cost]) => [
      name,
      ...KINDS.map((kind) => costText(cost[kind])),
      candidateNamed(name).about,
    ]),
  );
}

/** What sessions cost over the bare framework, alone. */
export function overheadTable(costs: Costs, names: readonly Name[]): string {
  return table(
    ['Sessions cost, µs', ...KINDS],
    names.map((name) => [`\`${name}\``, ...KINDS.map((kind) => bareText(overheadOf(costs, name, kind)))]),
  );
}

/** What sessions cost one, as a fraction of what they cost the other. */
export function comparisonTable(costs: Costs, comparisons: readonly Comparison[]): string {
  return table(
    ['Of', 'In that of', ...KINDS],
    comparisons.map((comparison) => [
      comparison.of,
      comparison.to,
      ...KINDS.map((kind) => comparisonText(costs, comparison, kind)),
    ]),
  );
}

export function verdictsOn(costs: Costs, comparisons: readonly Comparison[]): Verdict[] {
  return comparisons.flatMap((comparison) =>
    KINDS.flatMap((kind) => verdictOn(costs, comparison, kind) ?? []),
  );
}

function verdictOn(costs: Costs, { of, to, goals, reached }: Comparison, kind: Kind): Verdict | undefined {
  const goal = goals[kind];
  if (goal === undefined) return undefined;
  const both = { part: overheadOf(costs, of, kind), whole: overheadOf(costs, to, kind) };
  return judgeFraction(`${of}, ${kind}, of ${to}`, both, { goal, reached: reached?.[kind] });
}

function comparisonText(costs: Costs, comparison: Comparison, kind: Kind): string {
  const verdict = verdictOn(costs, comparison, kind);
  if (!verdict)
    return fractionText(overheadOf(costs, comparison.of, kind), overheadOf(costs, comparison.to, kind));
  return `${verdict.value} (≤ ${verdict.goal} ${MARKS[verdict.standing]})`;
}

function costText({ micros, overhead }: Cost): string {
  return overhead ? `${micros.toFixed(1)} (${overheadText(overhead)})` : micros.toFixed(1);
}

function entriesOf(costs: Costs): [Name, ByKind<Cost>][] {
  return Object.entries(costs) as [Name, ByKind<Cost>][];
}
