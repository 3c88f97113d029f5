import { table, thousands } from './markdown.ts';

/** What `measure.ts` writes. */
export interface Measured {
  /** Bytes of one session in Redis, by its bytes of data. */
  memory: Record<'anonymous' | 'user' | 'userOf5', Record<DataBytes, number>>;
  requests: Record<string, { commands: Record<string, number>; to: number; from: number }>;
  commands: Numbers<'apart' | 'together' | 'aof' | 'replication'>;
  app: Numbers<'memory' | 'redis' | 'ratio' | 'redisPerSecond'>;
  contention: Numbers<'requests' | 'failed' | 'conflicts' | 'perSecond' | 'slowestMs'>;
  bigUser: Numbers<'indexBytes' | 'listMs' | 'zRangeMs' | 'endMs' | 'zRemMs'>;
  hanging: Record<string, Numbers<'calls' | 'failed' | 'medianMs' | 'slowestMs'>>;
  failover: Record<string, { acknowledged: number; cameBack: number; waitAnswers: number; refusal: string }>;
  eviction: Record<
    string,
    { refused: number; alive: number; missing: number; update: string; destroy: string }
  >;
}

export type DataBytes = 200 | 1000;

type Numbers<Names extends string> = Record<string, Record<Names, number>>;

const REQUESTS = {
  none: 'brings no cookie, touches nothing',
  read: 'brings a cookie, reads or not',
  writeAnonymous: 'changes data, anonymous',
  writeUser: 'changes data',
  touchAnonymous: 'extends the life, anonymous',
  touchUser: 'extends the life',
  create: 'begins an anonymous session',
  login: 'logs in (`regenerate()`)',
  logout: 'logs out',
  list10: 'lists 10 sessions',
  everywhere10: 'logs out everywhere, 10 sessions',
};

const PLACES = { neither: 'not needed', index: 'has the index', session: 'has the session' };

/** @throws {Error} when something was not measured */
export function measuredTables(measured: Measured): string[] {
  const { memory, commands, contention, bigUser, hanging, failover, eviction } = measured;
  return [
    table(
      ['Bytes of a session', '200 bytes of data', '1000 bytes of data'],
      Object.entries({
        anonymous: 'anonymous',
        user: 'of a user with one',
        userOf5: 'of a user with five',
      }).map(([kind, name]) => {
        const bytes = find(memory, kind);
        return [name, thousands(bytes[200]), thousands(bytes[1000])];
      }),
    ),
    table(
      ['Request', 'Commands', 'Bytes to / from', 'App, µs: memory / Redis', 'Ratio', 'A second'],
      Object.entries(REQUESTS).map(([kind, name]) => {
        const { commands, to, from } = find(measured.requests, kind);
        const { memory, redis, ratio, redisPerSecond } = find(measured.app, kind);
        const names = Object.entries(commands).map(([name, count]) =>
          count === 1 ? name : `${count} ${name}`,
        );
        return [
          name,
          names.join(', ') || 'none',
          `${to} / ${from}`,
          `${memory} / ${redis}`,
          ratio.toFixed(1),
          thousands(redisPerSecond),
        ];
      }),
    ),
    table(
      ['Command', 'µs, apart', 'µs, together', 'At most a second', 'Bytes to the file', 'To a replica'],
      Object.entries(commands).map(([name, { apart, together, aof, replication }]) => [
        name,
        apart.toFixed(1),
        together.toFixed(1),
        [apart, together].map((micros) => `${thousands(1000 / micros)},000`).join(' / '),
        String(aof),
        String(replication),
      ]),
    ),
    table(
      ['Who changes one session', 'Requests', 'Failed', 'Conflicts for each', 'Done a second', 'Slowest'],
      Object.entries(contention).map(([name, { requests, failed, conflicts, perSecond, slowestMs }]) => [
        name,
        thousands(requests),
        String(failed),
        conflicts.toFixed(1),
        thousands(perSecond),
        `${thousands(slowestMs)} ms`,
      ]),
    ),
    table(
      ['Sessions of one user', 'List', 'End all', 'ZRANGE on the server', 'ZREM on the server', 'Index'],
      Object.entries(bigUser).map(([count, { listMs, endMs, zRangeMs, zRemMs, indexBytes }]) => [
        thousands(Number(count)),
        ...[listMs, endMs, zRangeMs, zRemMs].map((ms) => `${ms < 10 ? ms.toFixed(2) : thousands(ms)} ms`),
        `${indexBytes < 1e5 ? (indexBytes / 1000).toFixed(1) : thousands(indexBytes / 1000)} kB`,
      ]),
    ),
    table(
      [
        'The node that hangs',
        ...Object.keys(hanging).flatMap((name) => [`${name}: failed`, 'median, slowest']),
      ],
      Object.entries(PLACES).map(([place, name]) => [
        name,
        ...Object.values(hanging).flatMap((places) => {
          const { calls, failed, medianMs, slowestMs } = find(places, place);
          return [`${failed} of ${calls}`, `${medianMs} ms, ${thousands(slowestMs)} ms`];
        }),
      ]),
    ),
    table(
      ['Master', 'Logouts it acknowledged', 'Came back', 'WAIT answers', 'Refuses'],
      Object.entries(failover).map(([name, { acknowledged, cameBack, waitAnswers, refusal }]) => [
        name,
        ...[acknowledged, cameBack, waitAnswers].map(String),
        refusal || 'never',
      ]),
    ),
    table(
      ['Policy', 'Refused', 'Alive', 'Alive, not in the index', 'Then an update', 'A logout'],
      Object.entries(eviction).map(([policy, { refused, alive, missing, update, destroy }]) => [
        policy,
        ...[refused, alive, missing].map(thousands),
        update,
        destroy,
      ]),
    ),
  ];
}

export function find<Value>(values: Record<string, Value>, name: string): Value {
  const value = values[name];
  if (value === undefined) throw new Error(`measured.json has no ${name}`);
  return value;
}
