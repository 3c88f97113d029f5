import { table, thousands } from '../scale/markdown.ts';
import { comparisonTable, costTable, verdictsOn } from './cost-tables.ts';
import { REDIS, ROUND_TRIPS } from './goals.ts';
import { type Kind, KINDS } from './kinds.ts';
import type { OnRedis, RedisMeasured } from './redis.ts';
import { judge, MARKS, type Verdict } from './verdict.ts';

const OURS = 'ours, redis';

export function redisTables({ costs, requests }: RedisMeasured): string[] {
  return [
    table(
      ['On Redis', 'Request', 'Round trips', 'Commands', 'Bytes to / from', 'CPU of Redis, µs', 'A second'],
      Object.entries(requests).flatMap(([name, found]) =>
        KINDS.map((kind) => rowOf(name, kind, found[kind])),
      ),
    ),
    costTable(costs),
    comparisonTable(costs, REDIS),
  ];
}

export function redisVerdicts({ costs, requests }: RedisMeasured): Verdict[] {
  const found = requests[OURS];
  return [
    ...verdictsOn(costs, REDIS),
    ...(found ? KINDS.map((kind) => roundTripsVerdict(kind, found[kind])) : []),
  ];
}

function roundTripsVerdict(kind: Kind, { roundTrips }: OnRedis): Verdict {
  return judge(`${OURS}, ${kind}, round trips`, roundTrips, ROUND_TRIPS[kind]);
}

function rowOf(name: string, kind: Kind, found: OnRedis): string[] {
  const { roundTrips, commands, to, from, redisMicros, perSecond } = found;
  const goal = ` (≤ ${ROUND_TRIPS[kind].goal} ${MARKS[roundTripsVerdict(kind, found).standing]})`;
  return [
    name,
    kind,
    `${roundTrips}${name === OURS ? goal : ''}`,
    String(commands),
    `${to} / ${from}`,
    redisMicros.toFixed(1),
    thousands(perSecond),
  ];
}
