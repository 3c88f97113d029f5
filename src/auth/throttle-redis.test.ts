import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectRedis, type RedisConnection } from '../redis/connect.ts';
import { parseRedisUrl } from '../redis/redis-target.ts';
import { hasRedisServer, type RedisServer, startRedisServer } from '../session/testing/redis-server.ts';
import { slowness } from '../session/testing/slowness.ts';
import { createThrottle, type LoginThrottle } from './throttle.ts';

const IP = '192.0.2.1';
const scale = await slowness();

async function attempts(throttle: LoginThrottle, count: number, ip = IP): Promise<number[]> {
  const waits: number[] = [];
  for (let nth = 0; nth < count; nth++) waits.push(await throttle.attempt('ada', ip));
  return waits;
}

describe.skipIf(!hasRedisServer())('createThrottle on Redis', () => {
  let server: RedisServer;
  let connection: RedisConnection;
  const failures: string[] = [];
  const onFailure = (error: unknown): void => void failures.push(String(error));
  beforeAll(async () => {
    server = await startRedisServer();
    connection = await connectRedis(parseRedisUrl(server.url), pino({ level: 'silent' }));
  });
  afterAll(async () => {
    connection.close();
    await server.dispose();
  });
  beforeEach(async () => {
    failures.length = 0;
    await connection.client.eval("redis.call('FLUSHALL')", { keys: [], arguments: [] });
  });

  /** The throttles of two processes. */
  function two(
    limits = {},
    surroundings: Parameters<typeof createThrottle>[1] = {},
  ): [LoginThrottle, LoginThrottle] {
    const given = {
      redis: connection.client,
      onFailure,
      redisTimeout: 10_000,
      now: () => 0,
      ...surroundings,
    };
    return [createThrottle(limits, given), createThrottle(limits, given)];
  }

  it('counts for all processes together', async () => {
    const [one, other] = two();
    expect(await attempts(one, 3)).toEqual([0, 0, 0]);
    expect(await attempts(other, 3)).toEqual([0, 0, expect.closeTo(900, -1)]);
    await one.succeeded('ada', IP);
    expect(await attempts(other, 6)).toEqual([0, 0, 0, 0, 0, expect.closeTo(900, -1)]);
  });

  it('does not let a burst for one name use up the limit of its network', async () => {
    const [one, other] = two({ perNameAndIp: 2, perIp: 5 });
    const burst = [one, other].flatMap((throttle) =>
      Array.from({ length: 100 }, () => throttle.attempt('eve', IP)),
    );
    const colleague = one.attempt('bob', IP);
    const allowed = (await Promise.all(burst)).filter((seconds) => seconds === 0);
    expect(allowed).toHaveLength(2);
    expect([await colleague, ...(await attempts(one, 1))]).toEqual([0, 0]);
  });

  it('delays a name for all processes together', async () => {
    const waits: number[] = [];
    const [one, other] = two({ delayAfterPerName: 2 }, { wait: async (ms) => waits.push(ms) });
    await attempts(one, 2);
    await attempts(other, 2);
    expect(waits).toEqual([250, 500]);
  });

  it('expires its counters with the window, and stores neither names nor addresses', async () => {
    await attempts(two()[0], 1, '2001:db8::1');
    const kept = await connection.client.eval(
      "local all = redis.call('KEYS', '*'); for i, key in ipairs(all) do all[i] = key .. ' ' .. redis.call('TTL', key) end; return all",
      { keys: [], arguments: [] },
    );
    expect(kept).toHaveLength(5);
    for (const line of kept as string[])
      expect(line).toMatch(/^login-(48|56|ip|pair|name):[\w-]{43} (900|8\d\d)$/);
  });

  it('falls back to memory when a counter in Redis has another type', async () => {
    const [one] = two();
    await attempts(one, 1);
    await connection.client.eval(
      "for _, key in ipairs(redis.call('KEYS', '*')) do redis.call('DEL', key); redis.call('LPUSH', key, 'ours') end",
      { keys: [], arguments: [] },
    );
    expect(await attempts(one, 6)).toEqual([0, 0, 0, 0, 0, expect.closeTo(900, -1)]);
    expect(failures).toHaveLength(6);
    expect(failures[0]).toContain('WRONGTYPE');
  });

  it('counts in Redis again some seconds after it hung', async () => {
    let time = 0;
    const [one, other] = two({ perNameAndIp: 1 }, { redisTimeout: 300 * scale, now: () => time });
    server.pause();
    await attempts(one, 1);
    server.resume();
    time = 4999;
    expect(await attempts(one, 1)).toEqual([expect.closeTo(900, -1)]);
    time = 5000;
    await attempts(one, 1);
    expect(await attempts(other, 1)).toEqual([expect.closeTo(900, -1)]);
  });

  it.each([
    ['hangs', 1, async () => server.pause(), async () => server.resume()],
    ['is gone', 2, () => server.kill(), () => server.start()],
  ])('falls back to memory while Redis %s, and waits for it once', async (_how, most, stop, restore) => {
    const [one] = two({ perNameAndIp: 1 }, { redisTimeout: 300 * scale });
    await stop();
    try {
      expect(await attempts(one, 2)).toEqual([0, expect.closeTo(900, -1)]);
      expect(failures.length).toBeGreaterThanOrEqual(1);
      expect(failures.length).toBeLessThanOrEqual(most);
    } finally {
      await restore();
    }
  });
});
