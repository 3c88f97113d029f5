import { table, thousands } from '../scale/markdown.ts';
import type { Name } from './candidates.ts';
import { atFixedRate } from './fixed-rate.ts';
import { median, quantile } from './quantile.ts';
import { type Runner, withRunners } from './runner.ts';

/** The kinds of requests whose latency is measured. */
const LOOKED_AT = ['read', 'write'] as const;

const PERCENTILES = [
  ['p50', 0.5],
  ['p99', 0.99],
  ['p99.9', 0.999],
] as const;

/** µs from the moment at which a request was due until its answer was there: by kind, in the order of the percentiles. */
type Latency = Record<(typeof LOOKED_AT)[number], number[]>;

export type Latencies = Partial<Record<Name, Latency>>;

interface LatencySize {
  rounds: number;
  /** Requests of one turn. */
  requests: number;
  perSecond: number;
  sessions: number;
}

const CONNECTIONS = 32;

/** Percentiles of each turn, and of those the medians of the rounds. The candidates take turns. */
export async function measureLatency(
  names: readonly Name[],
  { rounds, sessions, ...rate }: LatencySize,
  say: (line: string) => void,
): Promise<Latencies> {
  return withRunners(names, { sessions, connections: CONNECTIONS }, async (runners) => {
    const found = new Map<string, number[][]>();
    // The first round only warms up.
    for (let round = 0; round <= rounds; round += 1) {
      say(round === 0 ? 'warming up' : `round ${round} of ${rounds}`);
      for (const kind of LOOKED_AT) {
        for (const runner of runners) {
          const percentiles = await takeTurn(runner, kind, rate);
          const key = `${runner.name} ${kind}`;
          if (round > 0) found.set(key, [...(found.get(key) ?? []), percentiles]);
        }
      }
    }
    const medians = (name: Name, kind: string): number[] =>
      PERCENTILES.map((_percentile, at) =>
        Math.round(median((found.get(`${name} ${kind}`) ?? []).map((one) => one[at] ?? Number.NaN))),
      );
    return Object.fromEntries(
      names.map((name) => [name, { read: medians(name, 'read'), write: medians(name, 'write') }]),
    );
  });
}

async function takeTurn(
  runner: Runner,
  kind: (typeof LOOKED_AT)[number],
  { requests, perSecond }: Pick<LatencySize, 'requests' | 'perSecond'>,
): Promise<number[]> {
  const took = await atFixedRate({ count: requests, perSecond }, (nth) => {
    const connection = runner.connections[nth % CONNECTIONS];
    if (!connection) throw new Error('a server has as many connections as were opened');
    return runner.visit(connection, kind);
  });
  return PERCENTILES.map(([, share]) => quantile(took, share) * 1000);
}

export function latencyTable(latencies: Latencies): string {
  const heads = LOOKED_AT.flatMap((kind) => PERCENTILES.map(([name]) => `${kind}, ${name}`));
  return table(
    ['Latency, µs', ...heads],
    Object.entries(latencies).map(([name, latency]) => [
      name,
      ...LOOKED_AT.flatMap((kind) => latency[kind].map(thousands)),
    ]),
  );
}
