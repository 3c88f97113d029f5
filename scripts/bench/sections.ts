import { candidatesOn } from './candidates.ts';
import { comparisonTable, costTable, verdictsOn } from './cost-tables.ts';
import { type Costs, costsOf } from './costs.ts';
import { REQUESTS } from './goals.ts';
import { type Latencies, latencyTable, measureLatency } from './latency.ts';
import { measureRedis, type RedisMeasured } from './redis.ts';
import { redisTables, redisVerdicts } from './redis-tables.ts';
import { measureRequests } from './requests.ts';
import { storeTables, storeVerdicts } from './store-tables.ts';
import { measureStores, type StoresMeasured } from './stores.ts';
import type { Verdict } from './verdict.ts';

/** What docs/bench.json keeps of the sections that were measured. */
export interface Measured {
  requests?: Costs;
  latency?: Latencies;
  stores?: StoresMeasured;
  redis?: RedisMeasured;
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

/** Those that need no other server. */
const ALONE = candidatesOn('nothing', 'memory', 'cookie');

const FULL = { launches: 3, warmUps: 8, rounds: 15, requests: 1000, sessions: 5000 };
const SHORT = { launches: 1, warmUps: 5, rounds: 8, requests: 600, sessions: 1000 };
const ON_REDIS = { launches: 2, warmUps: 6, rounds: 10, requests: 800, sessions: 2000 };
const AT_RATE = { rounds: 5, requests: 3000, perSecond: 2000, sessions: 5000 };

export const SECTIONS: Record<SectionName, Section> = {
  requests: {
    title: 'Requests',
    measure: async ({ short, say }) => {
      return { requests: costsOf(await measureRequests(ALONE, short ? SHORT : FULL, say)) };
    },
    show: ({ requests }) =>
      requests && {
        tables: [costTable(requests), comparisonTable(requests, REQUESTS)],
        verdicts: verdictsOn(requests, REQUESTS),
      },
  },
  latency: {
    title: 'Latency',
    measure: async ({ say }) => ({ latency: await measureLatency(ALONE, AT_RATE, say) }),
    show: ({ latency }) => latency && { tables: [latencyTable(latency)], verdicts: [] },
  },
  stores: {
    title: 'Memory stores at size',
    measure: async ({ say }) => ({ stores: await measureStores(say) }),
    show: ({ stores }) => stores && { tables: storeTables(stores), verdicts: storeVerdicts(stores) },
  },
  redis: {
    title: 'Redis',
    measure: async ({ say }) => ({ redis: await measureRedis(ON_REDIS, say) }),
    show: ({ redis }) => redis && { tables: redisTables(redis), verdicts: redisVerdicts(redis) },
  },
};
