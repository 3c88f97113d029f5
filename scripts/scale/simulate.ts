// From what one session and one command cost (measured.json) to what many live sessions need:
//   npx tsx scripts/scale/simulate.ts [--check]
// Prints all tables of docs/scale.md and writes them there; with `--check` it only looks whether they stand there. Nothing is
// drawn or timed: the same inputs give the same tables.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Assumptions, ASSUMPTIONS } from './assumptions.ts';
import { table, thousands, withTables } from './markdown.ts';
import { find, type Measured, measuredTables } from './tables.ts';

/** What so many live sessions need. Rates are those of the peak. */
export type Needs = ReturnType<typeof simulate>;

export function simulate(measured: Measured, assumptions: Assumptions, sessions: number) {
  const { dataBytes, shareOfUsers, nodeGiB, usableShare, targetCpu, replicasPerMaster } = assumptions;
  const { user, anonymous } = measured.memory;
  const memoryBytes = sessions * (shareOfUsers * user[dataBytes] + (1 - shareOfUsers) * anonymous[dataBytes]);
  const requestsPerSecond = (sessions * assumptions.requestsPerHour * assumptions.peakFactor) / 3600;

  // Of one request, on the average.
  const one = { commands: 0, serverMicros: 0, appMicros: 0, to: 0, from: 0, replication: 0 };
  for (const [kind, share] of kindsOf(assumptions)) {
    const { commands, to, from } = find(measured.requests, kind);
    one.to += share * to;
    one.from += share * from;
    one.appMicros += share * find(measured.app, kind).redis;
    for (const [name, count] of Object.entries(commands)) {
      const { apart, replication } = find(measured.commands, name);
      one.commands += share * count;
      one.serverMicros += share * count * apart;
      one.replication += share * count * replication;
    }
  }

  const cpuCores = (requestsPerSecond * one.serverMicros) / 1e6;
  const mastersByMemory = Math.ceil(memoryBytes / (nodeGiB * 2 ** 30 * usableShare));
  const mastersByCpu = Math.ceil(cpuCores / targetCpu);
  const most = Math.max(mastersByMemory, mastersByCpu);
  // A cluster has three at least; one alone needs none.
  const masters = most === 1 ? 1 : Math.max(3, most);
  const appCores = (requestsPerSecond * (one.appMicros + assumptions.ownMicros)) / 1e6;
  return {
    memoryBytes,
    requestsPerSecond,
    commandsPerSecond: requestsPerSecond * one.commands,
    cpuCores,
    mastersByMemory,
    mastersByCpu,
    masters,
    replicas: masters * replicasPerMaster,
    bytesPerSecondToRedis: requestsPerSecond * one.to,
    bytesPerSecondFromRedis: requestsPerSecond * one.from,
    /** To all replicas together. */
    replicationBytesPerSecond: requestsPerSecond * one.replication * replicasPerMaster,
    /** Each has one connection to each master. */
    appProcesses: Math.ceil(appCores / assumptions.targetAppCpu),
  };
}

/** Each kind of `measure.ts`, and its share of all requests. */
function kindsOf({ shares, shareOfUsers }: Assumptions): [kind: string, share: number][] {
  return Object.entries(shares).flatMap(([kind, share]): [string, number][] =>
    kind === 'write' || kind === 'touch'
      ? [
          [`${kind}User`, share * shareOfUsers],
          [`${kind}Anonymous`, share * (1 - shareOfUsers)],
        ]
      : [[kind, share]],
  );
}

const ROWS: Record<string, (needs: Needs) => string> = {
  'Memory of the masters': gigabytes,
  'Requests a second': ({ requestsPerSecond }) => thousands(requestsPerSecond),
  'Commands a second': ({ commandsPerSecond }) => thousands(commandsPerSecond),
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

/** All of docs/scale.md that are made. */
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
  const document = readFileSync(DOCUMENT, 'utf8');
  const current = withTables(document, made);
  console.log(made.join('\n\n'));
  if (!process.argv.includes('--check')) {
    writeFileSync(DOCUMENT, current);
  } else if (current !== document) {
    console.error('\ndocs/scale.md has other tables: npx tsx scripts/scale/simulate.ts');
    process.exitCode = 1;
  }
}
