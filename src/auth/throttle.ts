import { setTimeout as sleep } from 'node:timers/promises';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { BoundedLimiter } from './bounded-limiter.ts';
import { type Counters, countersOf, type ThrottleLimits } from './login-counters.ts';

/** Slows down the guessing of passwords. */
export interface LoginThrottle {
  /**
   * Counts an attempt before it is made, so that parallel ones are counted too. Answers late when many have tried this name.
   *
   * @returns 0 if it may go on, else the seconds to wait (whole, at least 1)
   */
  attempt(name: string, ip: string): Promise<number>;

  /** Takes the attempt back, since the password was right: the count of the pair ends, the others are one less. */
  succeeded(name: string, ip: string): Promise<void>;
}

const DEFAULTS: ThrottleLimits = {
  perNameAndIp: 5,
  perIp: 50,
  per56: 100,
  per48: 200,
  undelayedPerName: 10,
  windowSeconds: 900,
  maxCounters: 20_000,
};

/** What is needed of a client of Redis. Those of the package `redis` have it. */
export interface ThrottleClient {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  del(key: string): Promise<number>;
}

interface Surroundings {
  /** Where all processes of the app share their counts. @default each counts for itself, in memory */
  redis?: ThrottleClient | undefined;
  /** Is told why an attempt was not counted in Redis. */
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
/** Less than a server waits for its last requests when it ends. */
const LONGEST_DELAY = 4000;

/** For how long Redis is not asked again when it took too long, in ms. */
const REDIS_PAUSE = 5000;

/**
 * Counts failed logins by network, and by network and name together; all counts must be within their limits. With one address
 * come many (see {@link clientNetworks}), hence the larger limits of wider networks.
 *
 * There is no limit by name alone: with one, anybody could lock anybody out from anywhere. After `undelayedPerName` failures each
 * attempt is answered later than the one before, by 4 seconds at most.
 *
 * In memory each kind keeps `maxCounters`, of which those longest unused are forgotten first. Redis keeps a count until its window
 * is over; while it does not answer, each process counts for itself. Names and addresses are hashed, so that no key is long.
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
  }: Surroundings = {},
): LoginThrottle {
  const all = { ...DEFAULTS, ...limits };
  const own = countersOf(all, (options) => new BoundedLimiter(options, all.maxCounters));
  const shared =
    redis &&
    countersOf(
      all,
      (options) => new RateLimiterRedis({ ...options, storeClient: redis, useRedisPackage: true }),
    );
  let pausedUntil = -Infinity;

  async function count<Result>(on: (counters: Counters) => Promise<Result>): Promise<Result> {
    if (!shared || now() < pausedUntil) return on(own);
    try {
      return await within(redisTimeout, on(shared));
    } catch (error) {
      onFailure?.(error);
      if (error instanceof NoAnswer) pausedUntil = now() + REDIS_PAUSE;
      return on(own);
    }
  }

  return {
    async attempt(name, ip) {
      const { seconds, failures } = await count((counters) => counters.attempt(name, ip));
      const excess = failures - all.undelayedPerName;
      if (excess > 0) await wait(Math.min(FIRST_DELAY * 2 ** (excess - 1), LONGEST_DELAY));
      return seconds;
    },
    succeeded: (name, ip) => count((counters) => counters.succeeded(name, ip)),
  };
}

class NoAnswer extends Error {}

async function within<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_never, reject) => {
    const giveUp = (): void => reject(new NoAnswer(`Redis did not answer within ${ms} ms`));
    // Where something has kept this process busy, the answer may be there, and only not read yet.
    timer = setTimeout(() => setImmediate(giveUp), ms);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
