import { table, thousands } from './markdown.ts';

/** What `measure.ts` writes. */
export interface Measured {
  /** Bytes of one session in Redis, by its bytes of data. */
  memory: Record<'anonymous' | 'user', Record<200 | 1000, number>>;
  requests: Record<string, Cost>;
  contention: Record<string, { conflicts: number }>;
}

/** Of one request: µs of Redis' main thread and of the app's process; bytes to and from Redis, and to a replica. */
export type Cost = Record<'redisMicros' | 'appMicros' | 'to' | 'from' | 'replication', number>;

const REQUESTS = {
  none: 'has no session',
  read: 'reads',
  writeAnonymous: 'changes data, anonymous',
  writeUser: 'changes data',
  touchAnonymous: 'extends the life, anonymous',
  touchUser: 'extends the life',
  create: 'begins an anonymous session',
  login: 'logs in (`regenerate()`)',
  logout: 'logs out',
  list10: 'lists 10 sessions',
  everywhere10: 'logs out everywhere, 10 sessions',
  set: 'no session: sends one SET of 270 bytes',
};

/** @throws {Error} when something was not measured */
export function measuredTables({ memory, requests, contention }: Measured): string[] {
  return [
    table(
      ['Bytes of a session', '200 bytes of data', '1000 bytes of data'],
      Object.entries(memory).map(([kind, bytes]) => [kind, thousands(bytes[200]), thousands(bytes[1000])]),
    ),
    table(
      ['Request', 'Redis, µs', 'App, µs', 'Bytes to Redis', 'From Redis', 'To a replica'],
      Object.entries(REQUESTS).map(([kind, name]) => {
        const { redisMicros, appMicros, to, from, replication } = find(requests, kind);
        return [name, redisMicros.toFixed(1), ...[appMicros, to, from, replication].map(thousands)];
      }),
    ),
    table(
      ['1,000 writes to one session', 'Conflicts for each write'],
      Object.entries(contention).map(([name, { conflicts }]) => [name, conflicts.toFixed(1)]),
    ),
  ];
}

export function find<Value>(values: Record<string, Value>, name: string): Value {
  const value = values[name];
  if (value === undefined) throw new Error(`measured.json has no ${name}: measure it again`);
  return value;
}
