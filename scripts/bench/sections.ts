import { EQUAL, GUARDED, namesOf, OTHERS } from './candidates.ts';
import { costGoals, costTable } from './cost-tables.ts';
import { type Costs, costsOf } from './costs.ts';
import { REQUESTS } from './goals.ts';
import { type Latencies, latencyTable, measureLatency } from './latency.ts';
import { measureRedis, type RedisMeasured, redisGoals, redisTables } from './redis.ts';
import { measureRequests } from './requests.ts';
import { measureStores, storeGoals, type StoreMeasured, storeTable } from './stores.ts';
import type { Goals } from './verdict.ts';

/** What docs/bench.json keeps of the sections that were measured. */
export interface Measured {
  requests?: Costs;
  redis?: RedisMeasured;
  stores?: StoreMeasured[];
  latency?: Latencies;
}

export type SectionName = keyof Measured;

interface Section {
  title: string;
  /** @param say is told how far it is */
  measure: (say: (line: string) => void, short: boolean) => Promise<Measured>;
  /** What the documents make of it. */
  show: (measured: Measured) => { tables: string[]; goals?: Goals } | undefined;
}

const SHORT = { launches: 2, warmUps: 5, rounds: 8, requests: 600, sessions: 2000 };
const FULL = { launches: 4, warmUps: 6, rounds: 10, requests: 1000, sessions: 2000 };
const ON_REDIS = { launches: 4, warmUps: 5, rounds: 7, requests: 600, sessions: 2000 };
const AT_RATE = { starts: 3, warmUp: 4000, requests: 400, perSecond: 500 };

const KOA = namesOf({ ...EQUAL, ...GUARDED });

export const SECTIONS: Record<SectionName, Section> = {
  requests: {
    title: 'Requests',
    measure: async (say, short) => {
      if (short) return { requests: costsOf(await measureRequests(namesOf(EQUAL), SHORT, say)) };
      const costs = costsOf(await measureRequests(KOA, FULL, say));
      return { requests: { ...costs, ...costsOf(await measureRequests(namesOf(OTHERS), SHORT, say)) } };
    },
    show: ({ requests }) =>
      requests && {
        goals: costGoals(requests, REQUESTS),
        tables: [
          costTable('Equal set-up', EQUAL, requests),
          // Not in its short form.
          ...('bare Express' in requests
            ? [
                costTable('With all guards', GUARDED, requests),
                costTable('Other frameworks', OTHERS, requests),
              ]
            : []),
        ],
      },
  },
  redis: {
    title: 'Redis',
    measure: async (say) => ({ redis: await measureRedis(ON_REDIS, say) }),
    show: ({ redis }) => redis && { goals: redisGoals(redis), tables: redisTables(redis) },
  },
  stores: {
    title: 'Memory',
    measure: async (say) => ({ stores: await measureStores(say) }),
    show: ({ stores }) => stores && { goals: storeGoals(stores), tables: [storeTable(stores)] },
  },
  latency: {
    title: 'Latency',
    measure: async (say) => ({
      latency: await measureLatency([...namesOf(EQUAL), 'ours, store, all guards'], AT_RATE, say),
    }),
    show: ({ latency }) => latency && { tables: [latencyTable(latency, AT_RATE.perSecond)] },
  },
};
