import { type Client, withServer } from '../scale/tools.ts';
import { REDIS_URL } from './apps/redis.ts';
import { candidatesOn, type Name } from './candidates.ts';
import { type Costs, costsOf } from './costs.ts';
import { type ByKind, byKind } from './kinds.ts';
import { median } from './quantile.ts';
import { countOnWire, measureRedisServer, type RoundTrips } from './redis-traffic.ts';
import { measureRequests, type RequestsSize } from './requests.ts';

/** What one request asks of Redis, and how many there are. */
export interface OnRedis extends RoundTrips {
  /** CPU time of Redis, µs. */
  redisMicros: number;
  /** Requests that one process of the app has answered in a second. */
  perSecond: number;
}

export interface RedisMeasured {
  /** Of the process of the app. */
  costs: Costs;
  requests: Partial<Record<Name, ByKind<OnRedis>>>;
}

/** Has `work` done with a Redis server, which candidates find in this environment. */
export function withRedis<Result>(
  work: (env: Record<string, string>, redis: { client: Client; port: number }) => Promise<Result>,
): Promise<Result> {
  return withServer([], (client, { url, port }) => work({ [REDIS_URL]: url }, { client, port }));
}

export async function measureRedis(size: RequestsSize, say: (line: string) => void): Promise<RedisMeasured> {
  const names = candidatesOn('redis');
  return withRedis(async (env, { client, port }) => {
    const turns = await measureRequests(['bare Koa', 'bare Express', ...names], size, say, env);
    const requests: RedisMeasured['requests'] = {};
    for (const name of names) {
      say(`what ${name} sends`);
      const sent = await countOnWire(name, port);
      const micros = await measureRedisServer(name, env, client);
      requests[name] = byKind((kind) => ({
        ...sent[kind],
        redisMicros: micros[kind],
        perSecond: Math.round(median((turns.get(name)?.[kind] ?? []).map(({ perSecond }) => perSecond))),
      }));
    }
    return { costs: costsOf(turns), requests };
  });
}
