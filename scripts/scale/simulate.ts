// From what one session and one command cost (measured.json) to what many live sessions need:
//   npx tsx scripts/scale/simulate.ts [--check]
// Prints the tables and writes them into docs/scale.md; with `--check` it only looks whether they stand there. Nothing
// is drawn or timed: the same inputs give the same tables.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What `measure.ts` has found, as far as it counts here. */
export interface Measured {
  /** Bytes of one session in Redis, by kind and size of data. */
  memory: Record<`${'anonymous' | 'user'}${DataBytes}`, { usedMemory: number }>;
  requests: Record<
    string,
    { commands: Record<string, number>; bytesToRedis: number; bytesFromRedis: number }
  >;
  /** µs of the main thread for each command. */
  serverCpu: Record<string, { single: number }>;
  /** Bytes that each command adds to the stream for replicas. */
  stream: { bytes: Record<string, { replication: number }> };
  /** µs of the app's process for each request. */
  appCpu: Record<string, { redisStore: number }>;
  connections: { bytesJustUsed: number };
  /** µs of the main thread for a read. */
  tls: { singlePlain: number; singleTls: number };
}

export type DataBytes = 200 | 1000;

/** What nobody can measure here. Replace them by what you know of your app. */
export interface Assumptions {
  dataBytes: DataBytes;
  /** Sessions that somebody has logged in to, of all. */
  shareOfUsers: number;
  /** Each live session sends so many, on the average of the day. */
  requestsPerHour: number;
  /** The busiest hour to the average one. */
  peakFactor: number;
  /** What the requests do, of all; together 1. `write` and `touch` are of users as often as sessions are. */
  shares: Record<
    'read' | 'write' | 'touch' | 'create' | 'login' | 'logout' | 'list10' | 'everywhere10',
    number
  >;
  nodeGiB: number;
  /** `maxmemory` to memory: a fork copies what is written meanwhile, freed memory is in pieces, buffers grow. */
  usableShare: number;
  /** How busy the main thread may be at the peak. */
  targetCpu: number;
  replicasPerMaster: number;
  /** Whether the app's connections are encrypted. */
  isTls: boolean;
  /** CPU time of what the app does in a request beside its session, µs. */
  ownMicros: number;
  targetAppCpu: number;
}

export const ASSUMPTIONS: Assumptions = {
  dataBytes: 200,
  shareOfUsers: 0.5,
  requestsPerHour: 2,
  peakFactor: 3,
  shares: {
    read: 0.8,
    write: 0.1,
    touch: 0.048,
    create: 0.04,
    login: 0.005,
    logout: 0.005,
    list10: 0.001,
    everywhere10: 0.001,
  },
  nodeGiB: 32,
  usableShare: 0.65,
  targetCpu: 0.5,
  replicasPerMaster: 2,
  isTls: false,
  ownMicros: 2000,
  targetAppCpu: 0.6,
};

/** What so many live sessions need. Rates are those of the peak. */
export interface Needs {
  memoryBytes: number;
  requestsPerSecond: number;
  commandsPerSecond: number;
  /** Of all main threads together. */
  cpuCores: number;
  mastersByMemory: number;
  mastersByCpu: number;
  masters: number;
  replicas: number;
  bytesPerSecondToRedis: number;
  bytesPerSecondFromRedis: number;
  /** To all replicas together. */
  replicationBytesPerSecond: number;
  appProcesses: number;
  /** Each process has one to each master. */
  connectionBytesPerMaster: number;
}

export function simulate(measured: Measured, assumptions: Assumptions, sessions: number): Needs {
  const { dataBytes, shareOfUsers, nodeGiB, usableShare, targetCpu, replicasPerMaster } = assumptions;
  const memoryBytes =
    sessions *
    (shareOfUsers * measured.memory[`user${dataBytes}`].usedMemory +
      (1 - shareOfUsers) * measured.memory[`anonymous${dataBytes}`].usedMemory);
  const requestsPerSecond = (sessions * assumptions.requestsPerHour * assumptions.peakFactor) / 3600;

  const tlsMicros = assumptions.isTls ? measured.tls.singleTls - measured.tls.singlePlain : 0;
  // Of one request, on the average.
  const one = { commands: 0, serverMicros: 0, appMicros: 0, to: 0, from: 0, stream: 0 };
  for (const [kind, share] of kindsOf(assumptions)) {
    const { commands, bytesToRedis, bytesFromRedis } = find(measured.requests, kind);
    one.to += share * bytesToRedis;
    one.from += share * bytesFromRedis;
    one.appMicros += share * find(measured.appCpu, kind).redisStore;
    for (const [command, count] of Object.entries(commands)) {
      one.commands += share * count;
      one.serverMicros += share * count * (find(measured.serverCpu, command).single + tlsMicros);
      one.stream += share * count * (measured.stream.bytes[command]?.replication ?? 0);
    }
  }

  const cpuCores = (requestsPerSecond * one.serverMicros) / 1e6;
  const mastersByMemory = Math.ceil(memoryBytes / (nodeGiB * 2 ** 30 * usableShare));
  const mastersByCpu = Math.ceil(cpuCores / targetCpu);
  const most = Math.max(mastersByMemory, mastersByCpu);
  // A cluster has three at least; one alone needs none.
  const masters = most === 1 ? 1 : Math.max(3, most);
  const replicas = masters * replicasPerMaster;
  const appCores = (requestsPerSecond * (one.appMicros + assumptions.ownMicros)) / 1e6;
  const appProcesses = Math.ceil(appCores / assumptions.targetAppCpu);
  return {
    memoryBytes,
    requestsPerSecond,
    commandsPerSecond: requestsPerSecond * one.commands,
    cpuCores,
    mastersByMemory,
    mastersByCpu,
    masters,
    replicas,
    bytesPerSecondToRedis: requestsPerSecond * one.to,
    bytesPerSecondFromRedis: requestsPerSecond * one.from,
    replicationBytesPerSecond: requestsPerSecond * one.stream * replicasPerMaster,
    appProcesses,
    connectionBytesPerMaster: appProcesses * measured.connections.bytesJustUsed,
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

function find<Value>(values: Record<string, Value>, name: string): Value {
  const value = values[name];
  if (value === undefined) throw new Error(`measured.json has no ${name}`);
  return value;
}

/** The part of docs/scale.md that is made here. */
export function tables(measured: Measured, assumptions = ASSUMPTIONS): string {
  const sizes = { '1 million': 1e6, '100 million': 1e8, '1 billion': 1e9 };
  const bySize = Object.entries(sizes).map(([name, sessions]): [string, Needs] => [
    name,
    simulate(measured, assumptions, sessions),
  ]);
  const changes: Record<string, Partial<Assumptions>> = {
    'as above': {},
    '1000 bytes of data': { dataBytes: 1000 },
    '10 times the requests': { requestsPerHour: 10 * assumptions.requestsPerHour },
    'a tenth of the requests': { requestsPerHour: assumptions.requestsPerHour / 10 },
    'TLS from the apps': { isTls: true },
    'every request extends': {
      shares: { ...assumptions.shares, read: 0, touch: assumptions.shares.read + assumptions.shares.touch },
    },
  };
  const byChange = Object.entries(changes).map(([name, change]) => {
    const needs = simulate(measured, { ...assumptions, ...change }, 1e8);
    return [
      name,
      gigabytes(needs),
      String(needs.mastersByMemory),
      String(needs.mastersByCpu),
      String(needs.masters),
    ];
  });
  return [
    table(
      ['Live sessions', ...bySize.map(([name]) => name)],
      Object.entries(ROWS).map(([name, show]) => [name, ...bySize.map(([, needs]) => show(needs))]),
    ),
    'The same for 100 million sessions, with one assumption changed at a time:',
    table(['Changed', 'Memory', 'Masters by memory', 'Masters by CPU', 'Masters'], byChange),
  ].join('\n\n');
}

const ROWS: Record<string, (needs: Needs) => string> = {
  'Memory of the masters': gigabytes,
  'Requests a second': ({ requestsPerSecond }) => thousands(requestsPerSecond),
  'Commands a second': ({ commandsPerSecond }) => thousands(commandsPerSecond),
  'Main threads, cores': ({ cpuCores }) => cpuCores.toFixed(2),
  'Masters by memory': ({ mastersByMemory }) => String(mastersByMemory),
  'Masters by CPU': ({ mastersByCpu }) => String(mastersByCpu),
  '**Masters**': ({ masters }) => `**${masters}**`,
  Replicas: ({ replicas }) => String(replicas),
  'Apps to masters, Mbit/s': ({ bytesPerSecondToRedis }) => megabits(bytesPerSecondToRedis),
  'Masters to apps, Mbit/s': ({ bytesPerSecondFromRedis }) => megabits(bytesPerSecondFromRedis),
  'Masters to replicas, Mbit/s': ({ replicationBytesPerSecond }) => megabits(replicationBytesPerSecond),
  'App processes = connections of each master': ({ appProcesses }) => thousands(appProcesses),
  'Memory of these connections, each master': ({ connectionBytesPerMaster }) =>
    `${thousands(connectionBytesPerMaster / 1e6)} MB`,
};

function gigabytes({ memoryBytes }: Needs): string {
  return `${memoryBytes < 1e10 ? (memoryBytes / 1e9).toFixed(1) : thousands(memoryBytes / 1e9)} GB`;
}

function megabits(bytesPerSecond: number): string {
  return thousands((bytesPerSecond * 8) / 1e6);
}

/** `1234567` as `1,234,567`, in every locale. */
function thousands(value: number): string {
  return String(Math.ceil(value)).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** Markdown, padded as oxfmt wants it. */
function table(head: string[], rows: string[][]): string {
  const widths = head.map((_cell, at) => Math.max(...[head, ...rows].map((row) => row[at]?.length ?? 0)));
  const line = (cells: string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

const BEGIN = '<!-- table: npx tsx scripts/scale/simulate.ts -->';
const END = '<!-- /table -->';

/** @throws {Error} when `document` has no place for the tables */
export function withTables(document: string, made: string): string {
  const [before, rest] = splitOnce(document, BEGIN);
  const [, after] = splitOnce(rest, END);
  return `${before}${BEGIN}\n\n${made}\n\n${END}${after}`;
}

function splitOnce(text: string, mark: string): [before: string, after: string] {
  const [before = '', after, ...more] = text.split(mark);
  if (after === undefined || more.length > 0) throw new Error(`${mark} must be there once`);
  return [before, after];
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
  console.log(made);
  if (!process.argv.includes('--check')) {
    writeFileSync(DOCUMENT, current);
  } else if (current !== document) {
    console.error('\ndocs/scale.md has other tables: npx tsx scripts/scale/simulate.ts');
    process.exitCode = 1;
  }
}
