import { type IRateLimiterOptions, RateLimiterMemory } from 'rate-limiter-flexible';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clientNetworks, createThrottle, THROTTLE_LIMITS, type LoginThrottle } from './throttle.ts';

const HERE = '192.0.2.1';
const { windowSeconds: WINDOW } = THROTTLE_LIMITS;

// The limiter has no clock to inject; it reads Date and sets timers.
beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Makes attempts one at a time; returns how long each has to wait. */
async function attempts(throttle: LoginThrottle, names: string[], ip = HERE): Promise<number[]> {
  const waits: number[] = [];
  for (const name of names) waits.push(await throttle.attempt(name, ip));
  return waits;
}

const times = (count: number, name = 'ada'): string[] => Array.from({ length: count }, () => name);

describe('createThrottle', () => {
  it('allows five attempts from one address for one name in a quarter of an hour', async () => {
    const throttle = createThrottle();
    expect(await attempts(throttle, times(6))).toEqual([0, 0, 0, 0, 0, 900]);
    expect(await throttle.attempt('ada', `[::ffff:${HERE}]:80`)).toBe(900);
    vi.advanceTimersByTime(899_500);
    expect(await throttle.attempt('ada', HERE)).toBe(1);
    vi.advanceTimersByTime(500);
    expect(await throttle.attempt('ada', HERE)).toBe(0);
  });

  it('does not let a burst for one name use up the limit of its network', async () => {
    const throttle = createThrottle({ perNameAndIp: 2, perIp: 4 });
    const burst = times(100).map((name) => throttle.attempt(name, HERE));
    const colleague = throttle.attempt('bob', HERE);
    const allowed = (await Promise.all(burst)).filter((seconds) => seconds === 0);
    expect(allowed).toHaveLength(2);
    expect([await colleague, ...(await attempts(throttle, ['eve', 'zoe']))]).toEqual([0, 0, WINDOW]);
  });

  it.each([
    ['one address', 50, () => HERE],
    ['one /64', 50, (nth: number) => `2001:db8:1:1::${nth.toString(16)}`],
    ['one /56', 100, (nth: number) => `2001:db8:1:${(nth % 256).toString(16)}::1`],
    ['one /48', 200, (nth: number) => `2001:db8:1:${nth.toString(16)}::1`],
  ])('allows %s %d attempts, for any names and from any addresses in it', async (_kind, most, addressOf) => {
    const throttle = createThrottle({ maxCounters: 50 });
    let allowed = 0;
    for (let nth = 0; nth < 1000; nth += 1) {
      if ((await throttle.attempt(`user${nth}`, addressOf(nth))) === 0) allowed += 1;
    }
    expect(allowed).toBe(most);
    await throttle.takeBack('user0', addressOf(0));
    expect(await throttle.attempt('user0', addressOf(0))).toBe(0);
    for (const ip of ['198.51.100.9', '2001:db8:2::1']) expect(await throttle.attempt('ada', ip)).toBe(0);
  });

  it('delays attempts more and more for a name tried from many addresses, and locks nobody out', async () => {
    const waits: number[] = [];
    const throttle = createThrottle({}, { wait: async (ms) => waits.push(ms) });
    for (let nth = 0; nth < 20; nth += 1) expect(await throttle.attempt('ada', `198.51.100.${nth}`)).toBe(0);
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000, 4000, 4000, 4000]);
    expect(await attempts(throttle, ['ada', 'bob'])).toEqual([0, 0]);
    vi.advanceTimersByTime(WINDOW * 1000);
    await throttle.attempt('ada', HERE);
    expect(waits).toHaveLength(11);
  });

  it('does not count a refused attempt for any of its networks', async () => {
    const throttle = createThrottle({ perNameAndIp: 1, perIp: 5, per56: 5, per48: 5 });
    await attempts(throttle, times(50), '2001:db8:1:2::1');
    const others = ['2001:db8:1:2::2', '2001:db8:1:3::1', '2001:db8:1:ff03::1'];
    for (const [nth, ip] of others.entries()) expect(await throttle.attempt(`user${nth}`, ip)).toBe(0);
  });

  it.each(['takeBack', 'succeeded'] as const)('counts nothing after %s', async (method) => {
    const limits = { perNameAndIp: 1, perIp: 1, delayAfterPerName: 1 };
    const throttle = createThrottle(limits, { wait: async () => expect.fail() });
    for (let nth = 0; nth < 5; nth += 1) {
      expect(await throttle.attempt('ada', HERE)).toBe(0);
      await throttle[method]('ada', HERE);
    }
  });

  it('resets the counter of the pair when the password was right, but not that of the address', async () => {
    const throttle = createThrottle({ perIp: 7 });
    await attempts(throttle, times(5));
    await throttle.succeeded('ada', HERE);
    expect(await attempts(throttle, times(4))).toEqual([0, 0, 0, WINDOW]);
  });

  it.each(['attempt', 'takeBack'] as const)('keeps only the counters last used by %s', async (method) => {
    const throttle = createThrottle({ perNameAndIp: 1, perIp: 1000, maxCounters: 3 });
    for (const name of ['a', 'b', 'c', 'a', 'd']) await throttle[method](name, HERE);
    // One timer for each counter: three pairs, three names and the address.
    expect(vi.getTimerCount()).toBe(7);
    const first = method === 'attempt' ? WINDOW : 0;
    expect(await attempts(throttle, ['a', 'b', 'b'])).toEqual([first, 0, WINDOW]);
  });

  it('uses limiters that all processes share, each with one in memory for when it fails', async () => {
    const limiters: Record<string, RateLimiterMemory> = {};
    const shared = ({ keyPrefix = '', insuranceLimiter, ...options }: IRateLimiterOptions) => {
      expect(insuranceLimiter).toMatchObject({ keyPrefix, ...options });
      return (limiters[keyPrefix] ??= new RateLimiterMemory(options));
    };
    const start = (): LoginThrottle => createThrottle({ perNameAndIp: 3 }, { shared });
    expect(await attempts(start(), times(2))).toEqual([0, 0]);
    expect(await attempts(start(), times(2))).toEqual([0, WINDOW]);
  });
});

describe('clientNetworks', () => {
  it.each([
    [' 192.0.2.7:5678 ', ['192.0.2.7']],
    ['::FFFF:c000:207', ['192.0.2.7']],
    ['"[::ffff:192.0.2.7]:443"', ['192.0.2.7']],
    ['64:ff9b::192.0.2.7', ['192.0.2.7']],
    ['64:ff9b:1::192.0.2.7', ['64:ff9b:1::/48', '64:ff9b:1::/56', '64:ff9b:1::/64']],
    ['2001:0DB8:0001:0002:3:4:5:6', ['2001:db8:1::/48', '2001:db8:1::/56', '2001:db8:1:2::/64']],
    ['2001:db8:1:ab02::1', ['2001:db8:1::/48', '2001:db8:1:ab00::/56', '2001:db8:1:ab02::/64']],
    ['[2001:db8:0:0:ffff::7]:443', ['2001:db8::/48', '2001:db8::/56', '2001:db8::/64']],
    ['fe80::1%eth0', ['fe80::/48', 'fe80::/56', 'fe80::/64']],
    ['::', ['::/48', '::/56', '::/64']],
  ])('of %o are %o', (ip, networks) => {
    expect(clientNetworks(ip)).toEqual(networks);
  });

  it('counts invalid addresses together', () => {
    const cut = '[192.0.2.7 2001:db8::1]:443 192.0.2.7:http 192.0.513 0x7f.1 1.2.3.4:5:6 2001:db8::1/64';
    const invalid = [...cut.split(' '), '', '_hidden', '192.0.2.256', '192.000.002.007', 'x'.repeat(10_000)];
    expect(invalid.filter((ip) => clientNetworks(ip).join() !== 'unknown')).toEqual([]);
  });
});
