import { setTimeout as sleep } from 'node:timers/promises';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { BoundedLimiter } from './bounded-limiter.ts';
import { clientNetworks } from './client-network.ts';
import { type Counters, createCounters, type ThrottleLimits } from './login-counters.ts';

/** Slows down the guessing of passwords. */
export interface LoginThrottle {
  /**
   * Counts an attempt before it is made, so that parallel ones count too. Delays its result after many failures for this
   * name.
   *
   * @returns 0 if it may go on, else the seconds to wait (whole, at least 1)
   */
  attempt(name: string, ip: string): Promise<number>;

  /** Call it after a correct password: it deletes the counter of this name and network, and decrements the others. */
  succeeded(name: string, ip: string): Promise<void>;

  /** Call it when the password could not be checked: it decrements all counters. */
  takeBack(name: string, ip: string): Promise<void>;
}

const DEFAULTS: ThrottleLimits = {
  perNameAndIp: 5,
  perIp: 50,
  per56: 100,
  per48: 200,
  delayAfterPerName: 10,
  windowSeconds: 900,
  maxCounters: 20_000,
};

/** The part of a client of the package `redis` that is used. */
export interface ThrottleClient {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  del(key: string): Promise<number>;
}

interface ThrottleDependencies {
  /** Shares the counters between all processes. @default in memory, per process */
  redis?: ThrottleClient | undefined;
  /** Called when Redis fails and the attempt is counted in memory. */
  onFailure?: (error: unknown) => void;
  /** How long Redis may take to count an attempt, in ms. @default 500 */
  redisTimeout?: number;
  /** @default a timer */
  wait?: (ms: number) => Promise<unknown>;
  /** A clock in ms. @default performance.now */
  now?: () => number;
}

/** The first delay of an attempt in ms; each one after it is twice as long, up to the longest. */
const FIRST_DELAY = 250;
/** Shorter than the drain timeout of `shutdown.ts`. */
const MAX_DELAY = 4000;

/** How long Redis is skipped after a timeout, in ms. */
const REDIS_PAUSE = 5000;

/**
 * Limits failed logins per network, and per network and name. Wider IPv6 networks have higher limits.
 *
 * No limit is per name alone, since anyone could lock out any user with it. After `delayAfterPerName` failures for a name
 * its attempts are delayed, each twice as long as the one before, by up to 4 s.
 *
 * In memory `maxCounters` of each kind are kept (LRU); in Redis they expire with the window. While Redis is unavailable
 * each process counts in memory. Names and addresses are hashed, so keys have a fixed length.
 *
 * @see OWASP ASVS 5.0, V6.3.1 (credential stuffing and brute force)
 */
export function createThrottle(
  limits: Partial<ThrottleLimits> = {},
  {
    redis,
    onFailure,
    redisTimeout = 500,
    wait = (ms) => sleep(ms),
    now = () => performance.now(),
  }: ThrottleDependencies = {},
): LoginThrottle {
  const all = { ...DEFAULTS, ...limits };
  const inMemory = createCounters(all, (options) => new BoundedLimiter(options, all.maxCounters));
  const inRedis =
    redis &&
    createCounters(
      all,
      (options) => new RateLimiterRedis({ ...options, storeClient: redis, useRedisPackage: true }),
    );
  const inTurn = createTurns();
  let pausedUntil = -Infinity;

  async function count<Result>(on: (counters: Counters) => Promise<Result>): Promise<Result> {
    if (!inRedis || now() < pausedUntil) return on(inMemory);
    try {
      return await withTimeout(redisTimeout, on(inRedis));
    } catch (error) {
      onFailure?.(error);
      if (error instanceof TimeoutError) pausedUntil = now() + REDIS_PAUSE;
      return on(inMemory);
    }
  }

  return {
    async attempt(name, ip) {
      // One after the other: a burst of them would use up the limits of the network before the first is refused.
      const { seconds, failures } = await inTurn(`${name} ${clientNetworks(ip).at(-1)}`, () =>
        count((counters) => counters.attempt(name, ip)),
      );
      const excess = failures - all.delayAfterPerName;
      if (excess > 0) await wait(Math.min(FIRST_DELAY * 2 ** (excess - 1), MAX_DELAY));
      return seconds;
    },
    succeeded: (name, ip) => count((counters) => counters.succeeded(name, ip)),
    takeBack: (name, ip) => count((counters) => counters.takeBack(name, ip)),
  };
}

/** Runs what has the same key one after the other. */
function createTurns(): <Result>(key: string, work: () => Promise<Result>) => Promise<Result> {
  const last = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work, work);
    last.set(key, turn);
    try {
      return await turn;
    } finally {
      if (last.get(key) === turn) last.delete(key);
    }
  };
}

class TimeoutError extends Error {}

async function withTimeout<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_never, reject) => {
    const giveUp = (): void => reject(new TimeoutError(`Redis did not answer within ${ms} ms`));
    // If the event loop was blocked, the reply may be there unread: allow one more turn.
    timer = setTimeout(() => setImmediate(giveUp), ms);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
