import { table } from '../scale/markdown.ts';
import { type Candidate, CANDIDATES, type Name, namesOf } from './candidates.ts';
import { type Costs, overheadOf } from './costs.ts';
import type { CostGoal } from './goals.ts';
import { KINDS } from './kinds.ts';
import { bareText, type Goals, judgeFraction, judgeMicros, overheadText } from './verdict.ts';

/** What a request costs these candidates, and what of it the sessions do. */
export function costTable(title: string, candidates: Partial<Record<Name, Candidate>>, costs: Costs): string {
  return table(
    [`${title}, µs`, ...KINDS, 'Set-up'],
    namesOf(candidates).map((name) => [
      name,
      ...KINDS.map((kind) => {
        const { micros = Number.NaN, overhead } = costs[name]?.[kind] ?? {};
        return overhead ? `${micros.toFixed(1)} (${overheadText(overhead)})` : micros.toFixed(1);
      }),
      CANDIDATES[name].about,
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

export function costGoals(costs: Costs, goals: readonly CostGoal[]): Goals {
  return {
    head: ['What sessions cost', ...KINDS],
    rows: goals.map(({ of, to, most }) => [
      `${of}, of ${to}`,
      ...KINDS.map((kind) => {
        const [part, goal] = [overheadOf(costs, of, kind), most[kind]];
        if (typeof goal !== 'number') return judgeMicros(part, goal.micros);
        return judgeFraction(part, overheadOf(costs, to, kind), goal);
      }),
    ]),
  };
}
