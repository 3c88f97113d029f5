import { beforeAll, expect, it } from 'vitest';
import { hasRedisServer } from '../../src/session/testing/redis-server.ts';
import { withServer } from '../scale/tools.ts';
import { build } from './build.ts';
import { REDIS_URL } from './candidates.ts';
import { trafficOf } from './redis.ts';

beforeAll(() => build());

it.runIf(hasRedisServer())('counts what one request sends to Redis', { timeout: 60_000 }, async () => {
  const { read, write } = await withServer([], (client, { url }) =>
    trafficOf('ours, redis', client, { [REDIS_URL]: url }),
  );
  const [roundTrips, commands, to = 0, from = 0] = read;
  expect([roundTrips, commands]).toEqual([1, 1]);
  expect(to).toBeGreaterThan(50);
  // The session itself comes back.
  expect(from).toBeGreaterThan(200);
  expect(write[0]).toBe(2);
});
