import { cpus } from 'node:os';
import { table, thousands } from '../scale/markdown.ts';
import type { Name } from './candidates.ts';
import { atFixedRate } from './fixed-rate.ts';
import { inLanes } from './load.ts';
import { median, quantile } from './quantile.ts';
import { type Runner, startRunner } from './runner.ts';

/** The kinds of requests whose latency is measured. */
const LOOKED_AT = ['read', 'write'] as const;

type LookedAt = (typeof LOOKED_AT)[number];

export interface Latency {
  /** From when a request was sent until its answer was there, µs. */
  p50: number;
  p99: number;
  /** Share of a core that other processes than the server and its client had. */
  others: number;
}

export type Latencies = Partial<Record<Name, Record<LookedAt, Latency>>>;

export interface LatencySize {
  /** How often each server is started. */
  starts: number;
  warmUp: number;
  /** Requests of one turn. */
  requests: number;
  perSecond: number;
}

/** Turns of each kind after a start. */
const TURNS = 2;

const CONNECTIONS = 32;

/** One server at a time. */
export async function measureLatency(
  names: readonly Name[],
  { starts, warmUp, ...rate }: LatencySize,
  say: (line: string) => void,
): Promise<Latencies> {
  const found = names.map((name) => ({ name, read: [] as Latency[], write: [] as Latency[] }));
  for (let start = 1; start <= starts; start += 1) {
    say(`start ${start} of ${starts}`);
    for (const turns of found) {
      const runner = await startRunner(turns.name, { sessions: 2000, connections: CONNECTIONS });
      try {
        for (const kind of LOOKED_AT) {
          await inLanes(runner.connections, warmUp, (connection) => runner.visit(connection, kind));
        }
        for (let turn = 0; turn < TURNS; turn += 1) {
          for (const kind of LOOKED_AT) turns[kind].push(...(await takeTurn(runner, kind, rate)));
        }
      } finally {
        await runner.stop();
      }
    }
  }
  return Object.fromEntries(
    found.map(({ name, read, write }) => [
      name,
      { read: leastDisturbed(name, read), write: leastDisturbed(name, write) },
    ]),
  );
}

/** @returns nothing when the rate was not reached */
async function takeTurn(
  runner: Runner,
  kind: LookedAt,
  { requests: count, perSecond }: Pick<LatencySize, 'requests' | 'perSecond'>,
): Promise<Latency[]> {
  const othersMs = async (): Promise<number> => {
    const { user, system } = process.cpuUsage();
    return busyMs() - (user + system + (await runner.server.cpu())) / 1000;
  };
  const before = await othersMs();
  const start = performance.now();
  const took = await atFixedRate({ count, perSecond }, (nth) => {
    const connection = runner.connections[nth % CONNECTIONS];
    if (!connection) throw new Error('a server has as many connections as were opened');
    return runner.visit(connection, kind);
  });
  const ms = performance.now() - start;
  if ((count * 1000) / ms < perSecond * 0.9) return [];
  const [p50 = 0, p99 = 0] = [0.5, 0.99].map((share) => Math.round(quantile(took, share) * 1000));
  return [{ p50, p99, others: Math.max(0, ((await othersMs()) - before) / ms) }];
}

/** Ms that all cores together have been busy. */
function busyMs(): number {
  return cpus().reduce((sum, { times: { user, nice, sys } }) => sum + user + nice + sys, 0);
}

/** Medians of the half of the turns in which other processes had the least. */
export function leastDisturbed(name: Name, turns: readonly Latency[]): Latency {
  if (turns.length === 0) {
    throw new Error(
      `${name} was never asked at the full rate. When nothing else runs: npm run bench -- latency`,
    );
  }
  const used = turns
    .toSorted((one, other) => one.others - other.others)
    .slice(0, Math.ceil(turns.length / 2));
  const of = (key: keyof Latency): number => median(used.map((turn) => turn[key]));
  return { p50: of('p50'), p99: of('p99'), others: of('others') };
}

export function latencyTable(latencies: Latencies, perSecond: number): string {
  return table(
    [
      `At ${perSecond} requests a second, µs`,
      ...LOOKED_AT.flatMap((kind) => [`${kind}, p50`, `${kind}, p99`]),
      'CPU of other processes',
    ],
    Object.entries(latencies).map(([name, { read, write }]) => [
      name,
      ...[read, write].flatMap(({ p50, p99 }) => [thousands(p50), thousands(p99)]),
      `${Math.round(Math.max(read.others, write.others) * 100)} % of a core`,
    ]),
  );
}
