import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type RateLimiterAbstract,
  RateLimiterRedis,
  RateLimiterRes,
  RLWrapperTimeouts,
} from 'rate-limiter-flexible';
import { BoundedLimiter } from './bounded-limiter.ts';
import { clientNetworks } from './client-network.ts';

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

export interface ThrottleLimits {
  /** Failed logins by one network for one name within the window. @default 5 */
  perNameAndIp: number;
  /** Failed logins by one IPv4 address or IPv6 /64 for all names together within the window. @default 50 */
  perIp: number;
  /** The same by one IPv6 /56. @default 100 */
  per56: number;
  /** The same by one IPv6 /48. @default 200 */
  per48: number;
  /** Failed logins for one name, wherever they come from, before the next ones are delayed. @default 10 */
  undelayedPerName: number;
  /** Length of the window in seconds, from its first attempt on. @default 900 */
  windowSeconds: number;
  /** Number of counters of each kind that are kept in memory. @default 20_000, a few megabytes */
  maxCounters: number;
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
  /** @default a timer */
  wait?: (ms: number) => Promise<unknown>;
}

/** The first delay of an attempt in ms; each one after it is twice as long, up to the longest. */
const FIRST_DELAY = 250;
/** Less than a server waits for its last requests when it ends. */
const LONGEST_DELAY = 4000;

/** How long Redis may take for one count, in ms. Then this process counts for itself. */
const REDIS_LIMIT = 300;

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
  { redis, wait = (ms) => sleep(ms) }: Surroundings = {},
): LoginThrottle {
  const { perNameAndIp, perIp, per56, per48, undelayedPerName, windowSeconds, maxCounters } = {
    ...DEFAULTS,
    ...limits,
  };

  function limiter(kind: string, points: number): RateLimiterAbstract {
    const counts = { keyPrefix: `login-${kind}`, points, duration: windowSeconds };
    const inMemory = new BoundedLimiter(counts, maxCounters);
    if (!redis) return inMemory;
    const options = { storeClient: redis, useRedisPackage: true, insuranceLimiter: inMemory };
    const limiter = new RateLimiterRedis({ ...counts, ...options });
    return new RLWrapperTimeouts({ limiter, timeoutMs: REDIS_LIMIT });
  }

  const ofNetworks = [limiter('48', per48), limiter('56', per56), limiter('ip', perIp)];
  const ofPairs = limiter('pair', perNameAndIp);
  const ofNames = limiter('name', undelayedPerName);

  /** What counts an attempt, the widest network first. */
  function countersOf(name: string, ip: string) {
    const networks = clientNetworks(ip);
    const wide = ofNetworks
      .slice(-networks.length)
      .map((limiter, at) => ({ limiter, key: hash(networks[at]) }));
    const pair = { limiter: ofPairs, key: hash(name, networks.at(-1)) };
    return { wide, pair, name: { limiter: ofNames, key: hash(name) } };
  }

  return {
    async attempt(name, ip) {
      const counters = countersOf(name, ip);
      const all = [...counters.wide, counters.pair];
      for (const [at, { limiter, key }] of all.entries()) {
        const seconds = await count(limiter, key);
        if (seconds === 0) continue;
        // Someone who keeps on trying one name should not use up the attempts of the whole office.
        await Promise.all(all.slice(0, at).map(({ limiter, key }) => limiter.reward(key)));
        return seconds;
      }
      const { consumedPoints } = await ofNames.penalty(counters.name.key);
      const excess = consumedPoints - undelayedPerName;
      if (excess > 0) await wait(Math.min(FIRST_DELAY * 2 ** (excess - 1), LONGEST_DELAY));
      return 0;
    },

    async succeeded(name, ip) {
      const { wide, pair, name: counted } = countersOf(name, ip);
      await pair.limiter.delete(pair.key);
      await Promise.all([...wide, counted].map(({ limiter, key }) => limiter.reward(key)));
    },
  };
}

/** @returns 0 within the limit, else the seconds until its window is over */
async function count(limiter: RateLimiterAbstract, key: string): Promise<number> {
  try {
    await limiter.consume(key);
    return 0;
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
  }
}

function hash(...parts: (string | undefined)[]): string {
  return createHash('sha256').update(parts.join(' ')).digest('base64url');
}
