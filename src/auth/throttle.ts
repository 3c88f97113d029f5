import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import { type IRateLimiterOptions, type RateLimiterAbstract, RateLimiterMemory } from 'rate-limiter-flexible';

/** Slows down the guessing of passwords. */
export type LoginThrottle = ReturnType<typeof createThrottle>;

/** What `createThrottle` allows by default. */
export const THROTTLE_LIMITS = {
  /** Failed logins per network and name within the window. */
  perNameAndIp: 5,
  /** Failed logins by one IPv4 address or IPv6 /64 for all names together within the window. */
  perIp: 50,
  /** The same by one IPv6 /56. */
  per56: 100,
  /** The same by one IPv6 /48. */
  per48: 200,
  /** Failed logins for one name, from all networks together, after which the next ones are delayed. */
  delayAfterPerName: 10,
  /** Length of the window in seconds, from its first attempt on. */
  windowSeconds: 900,
  /** Number of counters of each kind that are kept in memory; 20,000 take a few megabytes. */
  maxCounters: 20_000,
};

export type ThrottleLimits = typeof THROTTLE_LIMITS;

interface ThrottleDependencies {
  /**
   * Makes a limiter that all processes share. While its store fails it has to count in `options.insuranceLimiter`.
   * @default in memory, per process
   */
  shared?: ((options: IRateLimiterOptions) => RateLimiterAbstract) | undefined;
  /** @default a timer */
  wait?: (ms: number) => Promise<unknown>;
}

interface Counter {
  limiter: RateLimiterAbstract;
  key: string;
}

/** The first delay in ms; each further delay is twice as long, up to `MAX_DELAY`. */
const FIRST_DELAY = 250;
/** In ms. Shorter than the drain timeout of `src/http/lifecycle.ts`. */
const MAX_DELAY = 4000;

/**
 * Limits failed logins per network, and per network and name. Wider IPv6 networks have higher limits.
 *
 * No limit is per name alone, since anybody could lock out any user with it. Instead, after `delayAfterPerName` failures
 * for a name further attempts are delayed, each twice as long as the one before, by at most 4 s.
 *
 * Memory holds at most `maxCounters` of each kind (LRU). Names and addresses are hashed, so keys have a fixed length.
 *
 * @param limits those that differ from {@link THROTTLE_LIMITS}
 * @see OWASP ASVS 5.0, V6.3.1 (credential stuffing and brute force)
 */
export function createThrottle(
  limits: Partial<ThrottleLimits> = {},
  { shared, wait = sleep }: ThrottleDependencies = {},
) {
  const all = { ...THROTTLE_LIMITS, ...limits };

  function limiterOf(kind: string, points: number): RateLimiterAbstract {
    const options = { keyPrefix: `login-${kind}`, points, duration: all.windowSeconds };
    const inMemory = new BoundedLimiter(options, all.maxCounters);
    return shared?.({ ...options, insuranceLimiter: inMemory }) ?? inMemory;
  }
  const byNetwork = [limiterOf('48', all.per48), limiterOf('56', all.per56), limiterOf('ip', all.perIp)];
  const byNameAndNetwork = limiterOf('pair', all.perNameAndIp);
  const byName = limiterOf('name', all.delayAfterPerName);
  /** By name and network: the last attempt that is being counted. */
  const counting = new Map<string, Promise<unknown>>();

  /** The counters of an attempt; of its networks the widest comes first. */
  function countersOf(name: string, ip: string): { networks: Counter[]; pair: Counter; ofName: Counter } {
    const keys = clientNetworks(ip);
    return {
      networks: byNetwork.slice(-keys.length).map((limiter, at) => ({ limiter, key: hash(keys[at]) })),
      pair: { limiter: byNameAndNetwork, key: hash(name, keys.at(-1)) },
      ofName: { limiter: byName, key: hash(name) },
    };
  }

  return {
    /**
     * Counts an attempt before its password is checked, so that parallel attempts count too. Takes longer after many
     * failures for this name.
     *
     * @returns 0 if the password may be checked, else the seconds to wait (whole, at least 1)
     */
    async attempt(name: string, ip: string): Promise<number> {
      const { networks, pair, ofName } = countersOf(name, ip);
      // One at a time: a burst would use up the limits of the network before the first attempt is refused.
      const run = () => count([...networks, pair]);
      const turn = (counting.get(pair.key) ?? Promise.resolve()).then(run, run);
      counting.set(pair.key, turn);
      const seconds = await turn.finally(() => {
        if (counting.get(pair.key) === turn) counting.delete(pair.key);
      });
      if (seconds > 0) return seconds;
      const { consumedPoints } = await byName.penalty(ofName.key);
      const excess = consumedPoints - all.delayAfterPerName;
      if (excess > 0) await wait(Math.min(FIRST_DELAY * 2 ** (excess - 1), MAX_DELAY));
      return 0;
    },

    /** Call it after a correct password: it deletes the counter of this name and network, and decrements the others. */
    async succeeded(name: string, ip: string): Promise<void> {
      const { networks, pair, ofName } = countersOf(name, ip);
      await byNameAndNetwork.delete(pair.key);
      await reward([...networks, ofName]);
    },

    /** Call it when the password could not be checked: it decrements all counters. */
    async takeBack(name: string, ip: string): Promise<void> {
      const { networks, pair, ofName } = countersOf(name, ip);
      await reward([...networks, pair, ofName]);
    },
  };
}

/** Counts in memory, for at most `max` keys; the least recently used are evicted. */
class BoundedLimiter extends RateLimiterMemory {
  readonly #used: LRUCache<string, true>;

  constructor(options: IRateLimiterOptions, max: number) {
    super(options);
    this.#used = new LRUCache({ max, dispose: (_true, key) => void this.delete(key) });
  }

  override penalty(key: string) {
    this.#used.set(key, true);
    return super.penalty(key);
  }

  override reward(key: string) {
    this.#used.set(key, true);
    return super.reward(key);
  }
}

/** @returns 0 within all limits, else the seconds until the window of the exceeded limit is over */
async function count(counters: Counter[]): Promise<number> {
  for (const [at, { limiter, key }] of counters.entries()) {
    const { consumedPoints, msBeforeNext } = await limiter.penalty(key);
    if (consumedPoints <= limiter.points) continue;
    // A refused attempt does not count: retries of a name must not use up the limit of a shared address.
    await reward(counters.slice(0, at + 1));
    return Math.max(1, Math.ceil(msBeforeNext / 1000));
  }
  return 0;
}

async function reward(counters: Counter[]): Promise<void> {
  await Promise.all(counters.map(({ limiter, key }) => limiter.reward(key)));
}

function hash(...parts: (string | undefined)[]): string {
  return createHash('sha256').update(parts.join(' ')).digest('base64url');
}

/** All invalid addresses share this key and its limits. */
const UNKNOWN = 'unknown';

const NAT64 = ipaddr.parseCIDR('64:ff9b::/96');

/**
 * The networks to rate-limit a client by, the widest first: its IPv4 address, or the /48, /56 and /64 of its IPv6 address.
 * A client with one IPv6 address controls its /64 (RFC 4291 section 2.5.1), and often a /56 or /48 (RFC 6177 section 2).
 * IPv4 in IPv6, mapped (RFC 4291 section 2.5.5.2) or through NAT64 (RFC 6052 section 2.1), counts as IPv4.
 *
 * @param ip `ctx.ip`; may carry a port or brackets, which some gateways put into `X-Forwarded-For`
 */
export function clientNetworks(ip: string): string[] {
  const text = withoutPort(ip);
  // The library also accepts `0x7f.1`, so Node checks first.
  if (!isIP(text)) return [UNKNOWN];
  const address = ipaddr.process(text);
  if (address.kind() === 'ipv4') return [address.toString()];
  if (address.match(NAT64)) return [ipaddr.fromByteArray(address.toByteArray().slice(12)).toString()];
  return ['/48', '/56', '/64'].map(
    (bits) => ipaddr.IPv6.networkAddressFromCIDR(text + bits).toString() + bits,
  );
}

/** `1.2.3.4:5678`, `[2001:db8::1]:443` and `fe80::1%eth0` without port, brackets and zone. */
function withoutPort(ip: string): string {
  const [, bracketed, port4] = /^"?(?:\[([^\]]*)\](?::\d+)?|(\d[\d.]*):\d+)"?$/.exec(ip.trim()) ?? [];
  const [address = ''] = (bracketed ?? port4 ?? ip.trim()).split('%');
  return address;
}
