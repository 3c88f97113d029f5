import { createHash } from 'node:crypto';
import { type IRateLimiterOptions, type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import { clientNetworks } from './client-network.ts';

export interface ThrottleLimits {
  /** Failed logins per network and name within the window. @default 5 */
  perNameAndIp: number;
  /** Failed logins by one IPv4 address or IPv6 /64 for all names together within the window. @default 50 */
  perIp: number;
  /** The same by one IPv6 /56. @default 100 */
  per56: number;
  /** The same by one IPv6 /48. @default 200 */
  per48: number;
  /** Failed logins for one name, from all networks together, after which the next ones are delayed. @default 10 */
  delayAfterPerName: number;
  /** Length of the window in seconds, from its first attempt on. @default 900 */
  windowSeconds: number;
  /** Number of counters of each kind that are kept in memory. @default 20_000, a few megabytes */
  maxCounters: number;
}

/** Counters of login attempts, in memory or in Redis. */
export interface Counters {
  /** @returns `seconds`: 0 if allowed, else how long to wait; `failures`: those of this name, if allowed */
  attempt(name: string, ip: string): Promise<{ seconds: number; failures: number }>;
  succeeded(name: string, ip: string): Promise<void>;
  takeBack(name: string, ip: string): Promise<void>;
}

interface Counter {
  limiter: RateLimiterAbstract;
  key: string;
}

/** @param create makes a limiter, in memory or in Redis */
export function createCounters(
  { perNameAndIp, perIp, per56, per48, delayAfterPerName, windowSeconds }: ThrottleLimits,
  create: (options: IRateLimiterOptions) => RateLimiterAbstract,
): Counters {
  const limiterOf = (kind: string, points: number): RateLimiterAbstract =>
    create({ keyPrefix: `login-${kind}`, points, duration: windowSeconds });
  const byNetwork = [limiterOf('48', per48), limiterOf('56', per56), limiterOf('ip', perIp)];
  const byNameAndNetwork = limiterOf('pair', perNameAndIp);
  const byName = limiterOf('name', delayAfterPerName);

  /** The counters of an attempt, the widest network first. */
  function countersOf(name: string, ip: string): { networks: Counter[]; pair: Counter } {
    const keys = clientNetworks(ip);
    const networks = byNetwork.slice(-keys.length).map((limiter, at) => ({ limiter, key: hash(keys[at]) }));
    return { networks, pair: { limiter: byNameAndNetwork, key: hash(name, keys.at(-1)) } };
  }

  return {
    async attempt(name, ip) {
      const { networks, pair } = countersOf(name, ip);
      const counters = [...networks, pair];
      for (const [at, { limiter, key }] of counters.entries()) {
        const seconds = await consume(limiter, key);
        if (seconds === 0) continue;
        // What is refused counts nowhere: retries of a name must not use up the limit of a shared address.
        await reward(counters.slice(0, at + 1));
        return { seconds, failures: 0 };
      }
      const { consumedPoints } = await byName.penalty(hash(name));
      return { seconds: 0, failures: consumedPoints };
    },

    async succeeded(name, ip) {
      const { networks, pair } = countersOf(name, ip);
      await byNameAndNetwork.delete(pair.key);
      await reward([...networks, { limiter: byName, key: hash(name) }]);
    },

    async takeBack(name, ip) {
      const { networks, pair } = countersOf(name, ip);
      await reward([...networks, pair, { limiter: byName, key: hash(name) }]);
    },
  };
}

async function reward(counters: Counter[]): Promise<void> {
  await Promise.all(counters.map(({ limiter, key }) => limiter.reward(key)));
}

/** @returns 0 within the limit, else the seconds until its window is over */
async function consume(limiter: RateLimiterAbstract, key: string): Promise<number> {
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
