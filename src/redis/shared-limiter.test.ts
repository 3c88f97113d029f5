import { beforeEach, describe, expect, it } from 'vitest';
import { createThrottle, type LoginThrottle, THROTTLE_LIMITS } from '../auth/throttle.ts';
import { slowness } from '../testing/slowness.ts';
import { sharedLimiter } from './shared-limiter.ts';
import { hasRedisServer } from './testing/redis-server.ts';
import { useRedis } from './testing/use-redis.ts';

const LOCKED: unknown = expect.closeTo(THROTTLE_LIMITS.windowSeconds, -1);
const scale = await slowness();

async function attempts(throttle: LoginThrottle, count: number, ip = '192.0.2.1'): Promise<number[]> {
  const waits: number[] = [];
  for (let nth = 0; nth < count; nth += 1) waits.push(await throttle.attempt('ada', ip));
  return waits;
}

describe.skipIf(!hasRedisServer())('createThrottle with limiters in Redis', () => {
  const redis = useRedis();
  const failures: string[] = [];
  const onFailure = (error: unknown): void => void failures.push(String(error));
  beforeEach(async () => {
    failures.length = 0;
    await evaluate("redis.call('FLUSHALL')");
  });

  const evaluate = (script: string) => redis.connection.client.eval(script, { keys: [], arguments: [] });

  /** The throttle of one process. */
  function start(
    limits = {},
    { timeout = 10_000, now = (): number => 0, wait = async (_ms: number) => {} } = {},
  ) {
    return createThrottle(limits, {
      shared: sharedLimiter(redis.connection.client, { onFailure, timeout, now }),
      wait,
    });
  }

  it('counts for all processes together', async () => {
    const [one, other] = [start(), start()];
    expect(await attempts(one, 3)).toEqual([0, 0, 0]);
    expect(await attempts(other, 3)).toEqual([0, 0, LOCKED]);
    await one.succeeded('ada', '192.0.2.1');
    expect(await attempts(other, 6)).toEqual([0, 0, 0, 0, 0, LOCKED]);
  });

  it('delays a name for all processes together', async () => {
    const waits: number[] = [];
    const wait = async (ms: number): Promise<void> => void waits.push(ms);
    for (const _process of [1, 2]) await attempts(start({ delayAfterPerName: 2 }, { wait }), 2);
    expect(waits).toEqual([250, 500]);
  });

  it('expires its counters with the window, and stores neither names nor addresses', async () => {
    await attempts(start(), 1, '2001:db8::1');
    const kept = (await evaluate(
      "local all = redis.call('KEYS', '*'); for i, key in ipairs(all) do all[i] = key .. ' ' .. redis.call('TTL', key) end; return all",
    )) as string[];
    const kinds = kept.map((line) => /^login-(\w+):[\w-]{43} (?:900|8\d\d)$/.exec(line)?.[1]);
    expect(new Set(kinds)).toEqual(new Set(['48', '56', 'ip', 'name', 'pair']));
  });

  it('counts in memory, and asks Redis again the next time, when a counter in Redis has another type', async () => {
    const one = start();
    await attempts(one, 1);
    await evaluate(
      "for _, key in ipairs(redis.call('KEYS', '*')) do redis.call('DEL', key); redis.call('LPUSH', key, 'ours') end",
    );
    expect(await attempts(one, 6)).toEqual([0, 0, 0, 0, 0, LOCKED]);
    expect(failures.length).toBeGreaterThan(6);
    expect(failures[0]).toContain('WRONGTYPE');
  });

  it('counts in Redis again 5 s after it hung', async () => {
    let time = 0;
    const one = start({ perNameAndIp: 1 }, { timeout: 300 * scale, now: () => time });
    redis.server.pause();
    await attempts(one, 1);
    redis.server.resume();
    time = 4999;
    expect(await attempts(one, 1)).toEqual([LOCKED]);
    time = 5000;
    await attempts(one, 1);
    expect(await attempts(start({ perNameAndIp: 1 }), 1)).toEqual([LOCKED]);
  });

  it.each([
    ['hangs', 1, async () => redis.server.pause(), async () => redis.server.resume()],
    ['is gone', Infinity, () => redis.server.kill(), () => redis.server.start()],
  ])('counts in memory while Redis %s, and waits for it once at most', async (_how, most, stop, restore) => {
    const one = start({ perNameAndIp: 1 }, { timeout: 300 * scale });
    await stop();
    try {
      expect(await attempts(one, 2)).toEqual([0, LOCKED]);
      expect(failures.length).toBeGreaterThanOrEqual(1);
      expect(failures.length).toBeLessThanOrEqual(most);
    } finally {
      await restore();
    }
  });
});
