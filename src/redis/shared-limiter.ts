import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type IRateLimiterOptions, type RateLimiterAbstract, RateLimiterRedis } from 'rate-limiter-flexible';
import { logOnce } from '../http/log.ts';

/** The methods that are used of a client of the package `redis`. */
export interface LimiterClient {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  del(key: string): Promise<number>;
}

interface SharedLimiterOptions {
  /** Called when a command fails or takes too long, so that the `insuranceLimiter` counts instead. */
  onFailure?: (error: unknown) => void;
  /** How long a command may take, in ms. @default 500 */
  timeout?: number;
  /** A clock in ms. @default performance.now */
  now?: () => number;
}

/** How long Redis is skipped after a timeout, in ms. */
const PAUSE = 5000;

/**
 * Makes limiters with counters in Redis: all processes share them, and they expire with their window. A failed command
 * is repeated on the limiter's `insuranceLimiter`. After a timeout all limiters skip Redis for 5 s.
 */
export function sharedLimiter(
  client: LimiterClient,
  { onFailure, timeout = 500, now = () => performance.now() }: SharedLimiterOptions = {},
): (options: IRateLimiterOptions) => RateLimiterAbstract {
  let pausedUntil = -Infinity;

  async function run<Reply>(command: () => Promise<Reply>): Promise<Reply> {
    if (now() < pausedUntil) throw new Error('Redis is skipped for 5 s after a timeout');
    try {
      return await withTimeout(timeout, command());
    } catch (error) {
      if (error instanceof TimeoutError) pausedUntil = now() + PAUSE;
      onFailure?.(error);
      throw error;
    }
  }

  const storeClient: LimiterClient = {
    eval: (script, options) => run(() => client.eval(script, options)),
    del: (key) => run(() => client.del(key)),
  };
  return (options) => new RateLimiterRedis({ ...options, storeClient, useRedisPackage: true });
}

/** Makes limiters of logins for all processes. A failure of Redis is logged once while it lasts. */
export function loginCounters(client: LimiterClient, log: Logger): ReturnType<typeof sharedLimiter> {
  const onFailure = logOnce((error, times) =>
    log.warn({ err: error, times }, 'Redis failed: login attempts are counted in this process only'),
  );
  return sharedLimiter(client, { onFailure });
}

class TimeoutError extends Error {}

async function withTimeout<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  const over = new AbortController();
  // If the event loop was blocked, the reply may have arrived unread: allow one more turn.
  const limit = sleep(ms, undefined, over).then(() => nextTurn());
  const failure = limit.then(() => Promise.reject(new TimeoutError(`Redis did not answer within ${ms} ms`)));
  try {
    return await Promise.race([work, failure]);
  } finally {
    over.abort();
    failure.catch(() => undefined);
  }
}
