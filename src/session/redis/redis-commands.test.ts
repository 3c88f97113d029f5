import { createClient } from 'redis';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type RedisClient, RedisCommands } from './redis-commands.ts';
import { useRedis } from '../testing/redis-fixtures.ts';

describe('a client', () => {
  const redis = useRedis();

  it.each([
    ['without an offline queue has no timeout of its own for our commands', true, 0],
    ['with an offline queue keeps its own timeout', false, 1],
  ])('%s', async (_what, disableOfflineQueue, timeouts) => {
    const client = await createClient({ url: redis.server.url, disableOfflineQueue }).connect();
    const timeout = vi.spyOn(AbortSignal, 'timeout');
    onTestFinished(() => {
      timeout.mockRestore();
      client.destroy();
    });
    await client.set('sess:a', 'there');
    timeout.mockClear();
    expect(await new RedisCommands('RedisStore', { client }).get('a')).toBe('there');
    expect(timeout).toHaveBeenCalledTimes(timeouts);
  });

  it('without withCommandOptions() is used as it is', async () => {
    const client: RedisClient = {
      get: async () => 'there',
      evalSha: unused,
      eval: unused,
      zRange: unused,
      zRem: unused,
      options: { disableOfflineQueue: true },
    };
    expect(await new RedisCommands('RedisStore', { client }).get('a')).toBe('there');
  });
});

async function unused(): Promise<never> {
  throw new Error('must not be called');
}
