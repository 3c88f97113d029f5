import { table } from '../scale/markdown.ts';
import { withServer } from '../scale/tools.ts';
import { REDIS_URL } from './apps/redis.ts';
import { ON_REDIS, namesOf } from './candidates.ts';
import { costGoals, costTable } from './cost-tables.ts';
import { type Costs, costsOf } from './costs.ts';
import { REDIS, ROUND_TRIPS } from './goals.ts';
import { type ByKind, KINDS } from './kinds.ts';
import { countOnWire, type OnWire } from './redis-traffic.ts';
import { measureRequests, type RequestsSize } from './requests.ts';
import { type Goals, judge } from './verdict.ts';

export interface RedisMeasured {
  /** Of the process of the app. */
  costs: Costs;
  sent: Record<keyof typeof ON_REDIS, ByKind<OnWire>>;
}

export function measureRedis(size: RequestsSize, say: (line: string) => void): Promise<RedisMeasured> {
  return withServer([], async (_client, { url, port }) => {
    const names = ['bare Koa', 'bare Express', ...namesOf(ON_REDIS)] as const;
    const costs = costsOf(await measureRequests(names, size, say, { [REDIS_URL]: url }));
    say('round trips');
    const sent = {
      'ours, redis': await countOnWire('ours, redis', port),
      'connect-redis': await countOnWire('connect-redis', port),
    };
    return { costs, sent };
  });
}

export function redisTables({ costs, sent }: RedisMeasured): string[] {
  return [
    costTable('CPU of the app', ON_REDIS, costs),
    table(
      ['Round trips; commands; bytes to / from', ...KINDS],
      Object.entries(sent).map(([name, ofKind]) => [
        name,
        ...KINDS.map((kind) => {
          const { roundTrips, commands, to, from } = ofKind[kind];
          return `${roundTrips}; ${commands}; ${to} / ${from}`;
        }),
      ]),
    ),
  ];
}

export function redisGoals({ costs, sent }: RedisMeasured): Goals {
  const { head, rows } = costGoals(costs, [REDIS]);
  const roundTrips = KINDS.map((kind) => judge(sent['ours, redis'][kind].roundTrips, ROUND_TRIPS[kind]));
  return { head, rows: [...rows, ['ours, redis, round trips', ...roundTrips]] };
}
