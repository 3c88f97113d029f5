// Calculates what many live sessions need from what one session and one request cost (measured.json):
//   npx tsx scripts/scale/simulate.ts
// Prints the tables of docs/scale.md and writes them there. The same inputs always give the same tables.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Assumptions, ASSUMPTIONS } from './assumptions.ts';
import { table, thousands, withTables } from './markdown.ts';
import { type Cost, find, type Measured, measuredTables } from './tables.ts';

/** What so many live sessions need. Rates are those of the peak. */
export type Needs = ReturnType<typeof simulate>;

export function simulate(measured: Measured, assumptions: Assumptions, sessions: number) {
  const { dataBytes, shareOfUsers, shares, nodeGiB, usableShare } = assumptions;
  const { user, anonymous } = measured.memory;
  const memoryBytes = sessions * (shareOfUsers * user[dataBytes] + (1 - shareOfUsers) * anonymous[dataBytes]);
  const requestsPerSecond = (sessions * assumptions.requestsPerHour * assumptions.peakFactor) / 3600;

  const costOf = (kind: string, name: keyof Cost): number => {
    if (kind !== 'write' && kind !== 'touch') return find(measured.requests, kind)[name];
    return shareOfUsers * costOf(`${kind}User`, name) + (1 - shareOfUsers) * costOf(`${kind}Anonymous`, name);
  };
  const perSecond = (name: keyof Cost): number => {
    const costs = Object.entries(shares).map(([kind, share]) => share * costOf(kind, name));
    return requestsPerSecond * costs.reduce((sum, cost) => sum + cost, 0);
  };

  const cpuCores = perSecond('redisMicros') / 1e6;
  const mastersByMemory = Math.ceil(memoryBytes / (nodeGiB * 2 ** 30 * usableShare));
  const mastersByCpu = Math.ceil(cpuCores / assumptions.targetCpu);
  const most = Math.max(mastersByMemory, mastersByCpu);
  // A cluster has at least three masters.
  const masters = most === 1 ? 1 : Math.max(3, most);
  const appCores = (perSecond('appMicros') + requestsPerSecond * assumptions.ownMicros) / 1e6;
  return {
    memoryBytes,
    requestsPerSecond,
    cpuCores,
    mastersByMemory,
    mastersByCpu,
    masters,
    replicas: masters * assumptions.replicasPerMaster,
    bytesPerSecondToRedis: perSecond('to'),
    bytesPerSecondFromRedis: perSecond('from'),
    /** To all replicas together. */
    replicationBytesPerSecond: perSecond('replication') * assumptions.replicasPerMaster,
    /** Each has one connection to each master. */
    appProcesses: Math.ceil(appCores / assumptions.targetAppCpu),
  };
}

const ROWS: Record<string, (needs: Needs) => string> = {
  'Memory of the masters': gigabytes,
  'Requests a second': ({ requestsPerSecond }) => thousands(requestsPerSecond),
  'Main threads, cores': ({ cpuCores }) => cpuCores.toFixed(2),
  'Masters by memory / by CPU': ({ mastersByMemory, mastersByCpu }) => `${mastersByMemory} / ${mastersByCpu}`,
  '**Masters** + replicas': ({ masters, replicas }) => `**${masters}** + ${replicas}`,
  'Mbit/s to masters / from masters / to replicas': (needs) =>
    [needs.bytesPerSecondToRedis, needs.bytesPerSecondFromRedis, needs.replicationBytesPerSecond]
      .map((bytes) => thousands((bytes * 8) / 1e6))
      .join(' / '),
  'App processes = connections of each master': ({ appProcesses }) => thousands(appProcesses),
};

function gigabytes({ memoryBytes }: Needs): string {
  return `${memoryBytes < 1e10 ? (memoryBytes / 1e9).toFixed(1) : thousands(memoryBytes / 1e9)} GB`;
}

/** All tables of docs/scale.md. */
export function tables(measured: Measured, assumptions = ASSUMPTIONS): string[] {
  const needs = [1e6, 1e8, 1e9].map((sessions) => simulate(measured, assumptions, sessions));
  const { shares, requestsPerHour } = assumptions;
  const changes: Record<string, Partial<Assumptions>> = {
    'as above': {},
    '1000 bytes of data': { dataBytes: 1000 },
    '10 times the requests': { requestsPerHour: 10 * requestsPerHour },
    'every request extends': { shares: { ...shares, read: 0, touch: shares.read + shares.touch } },
  };
  const byChange = Object.entries(changes).map(([name, change]) => {
    const changed = simulate(measured, { ...assumptions, ...change }, 1e8);
    const { mastersByMemory, mastersByCpu, masters } = changed;
    return [name, gigabytes(changed), ...[mastersByMemory, mastersByCpu, masters].map(String)];
  });
  return [
    ...measuredTables(measured),
    table(
      ['Live sessions', '1 million', '100 million', '1 billion'],
      Object.entries(ROWS).map(([name, show]) => [name, ...needs.map(show)]),
    ),
    table(['Of 100 million', 'Memory', 'Masters by memory', 'Masters by CPU', 'Masters'], byChange),
  ];
}

/** The committed measurements. */
export function readMeasured(): Measured {
  return JSON.parse(readFileSync(new URL('measured.json', import.meta.url), 'utf8')) as Measured;
}

export const DOCUMENT = new URL('../../docs/scale.md', import.meta.url);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const made = tables(readMeasured());
  console.log(made.join('\n\n'));
  writeFileSync(DOCUMENT, withTables(readFileSync(DOCUMENT, 'utf8'), made));
}
