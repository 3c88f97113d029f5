import { candidatesOn } from './candidates.ts';
import { comparisonTable, costTable, verdictsOn } from './cost-tables.ts';
import { type Costs, costsOf } from './costs.ts';
import { REQUESTS } from './goals.ts';
import { measureRequests } from './requests.ts';
import type { Verdict } from './verdict.ts';

/** What docs/bench.json keeps of the sections that were measured. */
export interface Measured {
  requests?: Costs;
}

export type SectionName = keyof Measured;

export interface Scale {
  short: boolean;
  /** Is told how far it is. */
  say: (line: string) => void;
}

/** What the documents make of a section. */
export interface Shown {
  tables: string[];
  verdicts: Verdict[];
}

interface Section {
  title: string;
  measure: (scale: Scale) => Promise<Measured>;
  show: (measured: Measured) => Shown | undefined;
}

const FULL = { launches: 3, rounds: 20, requests: 400, sessions: 5000 };
const SHORT = { launches: 1, rounds: 13, requests: 400, sessions: 1000 };

export const SECTIONS: Record<SectionName, Section> = {
  requests: {
    title: 'Requests',
    measure: async ({ short, say }) => {
      const names = candidatesOn('nothing', 'memory', 'cookie');
      return { requests: costsOf(await measureRequests(names, short ? SHORT : FULL, say)) };
    },
    show: ({ requests }) =>
      requests && {
        tables: [costTable(requests), comparisonTable(requests, REQUESTS)],
        verdicts: verdictsOn(requests, REQUESTS),
      },
  },
};
