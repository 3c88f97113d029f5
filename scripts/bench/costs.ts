import { CANDIDATES, type Name } from './candidates.ts';
import { type Estimate, estimate } from './estimate.ts';
import { type ByKind, byKind, type Kind } from './kinds.ts';
import { median } from './quantile.ts';
import type { Turns } from './requests.ts';

/** What one request takes of the server's CPU, µs. */
export interface Cost {
  micros: number;
  /** What of it the sessions take: over the bare framework's request of the same round. Bare frameworks have none. */
  overhead?: Estimate;
}

export type Costs = Partial<Record<Name, ByKind<Cost>>>;

/** The costs that rounds have measured. */
export function costsOf(turns: Turns): Costs {
  const costs: Costs = {};
  for (const [name, ofKind] of turns) {
    const { bare: nameOfBare } = CANDIDATES[name];
    const bare = turns.get(nameOfBare);
    if (!bare) throw new Error(`${nameOfBare} was not measured, and so nobody knows what ${name} adds to it`);
    const costOf = (kind: Kind): Cost => {
      const all = ofKind[kind];
      if (bare === ofKind) return { micros: rounded(median(all)) };
      const { value, noise } = estimate(all.map((micros, at) => micros - (bare[kind][at] ?? Number.NaN)));
      return {
        micros: rounded(median(all)),
        overhead: { value: rounded(value), noise: rounded(noise) },
      };
    };
    costs[name] = byKind(costOf);
  }
  return costs;
}

/** @throws {Error} when it was not measured, or is that of a bare framework */
export function overheadOf(costs: Costs, name: Name, kind: Kind): Estimate {
  const overhead = costs[name]?.[kind].overhead;
  if (!overhead) throw new Error(`what sessions cost ${name} was not measured`);
  return overhead;
}

function rounded(micros: number): number {
  return Number(micros.toFixed(2));
}
