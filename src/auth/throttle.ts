import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { clientNetwork } from './client-network.ts';

/** Slows down the guessing of passwords. */
export interface LoginThrottle {
  /**
   * Counts an attempt before it is made, so that parallel ones are counted too.
   *
   * @returns 0 if it may go on, else the seconds to wait (whole, at least 1)
   */
  attempt(name: string, ip: string): Promise<number>;

  /** Takes the attempt back, since the password was right: the count of the pair ends, that of the address is one less. */
  succeeded(name: string, ip: string): Promise<void>;
}

export interface ThrottleLimits {
  /** Failed logins by one address for one name within the window. @default 5 */
  perNameAndIp: number;
  /** Failed logins by one address for all names together within the window. @default 50 */
  perIp: number;
  /** Length of the window in seconds, from its first attempt on. @default 900 */
  windowSeconds: number;
  /** Number of counters that are kept of either kind. @default 20_000, a few megabytes */
  maxCounters: number;
}

const DEFAULTS: ThrottleLimits = { perNameAndIp: 5, perIp: 50, windowSeconds: 900, maxCounters: 20_000 };

/**
 * Counts failed logins in memory by (name, address) and by address; both must be within their limit.
 *
 * There is no limit by name alone: with one, anybody could lock anybody out from anywhere. IPv6 addresses count by their
 * /64. The memory is bounded: each kind keeps `maxCounters`, of which those longest unused are forgotten first, and an
 * address that has reached its limit makes no new ones. Names are hashed, so that no key is long.
 *
 * @see OWASP ASVS 5.0, V6.3.1 (credential stuffing and brute force)
 */
export function createThrottle(limits: Partial<ThrottleLimits> = {}): LoginThrottle {
  const { perNameAndIp, perIp, windowSeconds, maxCounters } = { ...DEFAULTS, ...limits };
  const pairs = boundedLimiter(perNameAndIp, windowSeconds, maxCounters);
  const addresses = boundedLimiter(perIp, windowSeconds, maxCounters);

  return {
    async attempt(name, ip) {
      const { pair, address } = keysOf(name, ip);
      const addressWait = await addresses.count(address);
      if (addressWait > 0) return addressWait;
      const pairWait = await pairs.count(pair);
      // Someone who keeps on trying one name should not use up the attempts of the whole office.
      if (pairWait > 0) await addresses.limiter.reward(address);
      return pairWait;
    },

    async succeeded(name, ip) {
      const { pair, address } = keysOf(name, ip);
      await pairs.limiter.delete(pair);
      await addresses.limiter.reward(address);
    },
  };
}

function boundedLimiter(points: number, duration: number, max: number) {
  const limiter = new RateLimiterMemory({ points, duration });
  // RateLimiterMemory has no bound of its own; this remembers which of its keys goes next.
  const kept = new LRUCache<string, true>({
    max,
    dispose: (_kept, key, reason) => {
      if (reason === 'evict') void limiter.delete(key);
    },
  });

  async function count(key: string): Promise<number> {
    kept.set(key, true);
    try {
      await limiter.consume(key);
      return 0;
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
    }
  }

  return { limiter, count };
}

function keysOf(name: string, ip: string): { pair: string; address: string } {
  const address = clientNetwork(ip);
  return { pair: `${createHash('sha256').update(name).digest('base64url')} ${address}`, address };
}
