import { median } from 'simple-statistics';
import { table } from '../scale/markdown.ts';
import { CANDIDATES, type Name } from './candidates.ts';
import { type Estimate, estimate } from './estimate.ts';
import type { CostGoal } from './goals.ts';
import { bareText, judgeCost, overheadText, type Verdict } from './verdict.ts';
import { type ByKind, type Kind, KINDS } from './workload.ts';

/** CPU time of the server for one request, in µs: by candidate and kind, in the order of the rounds. */
export type Turns = Map<Name, ByKind<number[]>>;

/** The part that sessions cause: the difference to the bare framework in the same round. */
export function overheadOf(turns: Turns, name: Name, kind: Kind): Estimate {
  const [own, bare] = [turns.get(name)?.[kind], turns.get(CANDIDATES[name].bare)?.[kind]];
  if (!own || !bare) throw new Error(`${name} and ${CANDIDATES[name].bare} were not measured together`);
  return estimate(own.map((micros, at) => micros - (bare[at] ?? Number.NaN)));
}

/** What a request costs, and in parentheses the part that sessions cause. */
export function costTable(title: string, names: readonly Name[], turns: Turns): string {
  const cell = (name: Name, kind: Kind): string => {
    const micros = median(turns.get(name)?.[kind] ?? []).toFixed(1);
    return CANDIDATES[name].bare === name
      ? micros
      : `${micros} (${overheadText(overheadOf(turns, name, kind))})`;
  };
  return table(
    [`${title}, µs`, ...KINDS, 'Set-up'],
    names.map((name) => [name, ...KINDS.map((kind) => cell(name, kind)), CANDIDATES[name].about]),
  );
}

/** Only the cost of sessions. */
export function overheadTable(names: readonly Name[], turns: Turns): string {
  const cells = (name: Name): string[] => KINDS.map((kind) => bareText(overheadOf(turns, name, kind)));
  return table(
    ['Sessions cost, µs', ...KINDS],
    names.map((name) => [`\`${name}\``, ...cells(name)]),
  );
}

/** The rows of a table of goals. */
export function costGoals(goals: readonly CostGoal[], turns: Turns): [string, ...Verdict[]][] {
  return goals.map(({ of, to, most }) => [
    `${of}, of ${to}`,
    ...KINDS.map((kind) => judgeCost(overheadOf(turns, of, kind), overheadOf(turns, to, kind), most[kind])),
  ]);
}
