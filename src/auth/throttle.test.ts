import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createThrottle } from './throttle.ts';
import type { LoginThrottle } from './throttle.ts';

const HERE = '192.0.2.1';
const ELSEWHERE = '198.51.100.9';

// The limiter has no clock to inject; it reads Date and sets timers.
beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

async function attempts(throttle: LoginThrottle, count: number, name: string, ip: string): Promise<number[]> {
  const waits: number[] = [];
  for (let i = 0; i < count; i++) waits.push(await throttle.attempt(name, ip));
  return waits;
}

describe('createThrottle', () => {
  it('allows five attempts by one address for one name in a quarter of an hour', async () => {
    const throttle = createThrottle();
    expect(await attempts(throttle, 5, 'ada', HERE)).toEqual([0, 0, 0, 0, 0]);
    expect(await throttle.attempt('ada', HERE)).toBe(900);
    vi.advanceTimersByTime(899_500);
    expect(await throttle.attempt('ada', HERE)).toBe(1);
    vi.advanceTimersByTime(500);
    expect(await throttle.attempt('ada', HERE)).toBe(0);
  });

  it('counts parallel attempts too', async () => {
    const throttle = createThrottle({ perNameAndIp: 2 });
    const waits = await Promise.all([1, 2, 3, 4].map(() => throttle.attempt('ada', HERE)));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(2);
  });

  it('does not lock a user out whose name somebody tries elsewhere', async () => {
    const throttle = createThrottle();
    await attempts(throttle, 99, 'ada', ELSEWHERE);
    expect(await throttle.attempt('ada', HERE)).toBe(0);
  });

  it('allows fifty attempts by one address for all names', async () => {
    const throttle = createThrottle();
    for (let i = 0; i < 50; i++) expect(await throttle.attempt(`user${i}`, HERE)).toBe(0);
    expect(await throttle.attempt('user50', HERE)).toBe(900);
    expect(await throttle.attempt('user50', ELSEWHERE)).toBe(0);
  });

  it('treats all notations of an address as one', async () => {
    const throttle = createThrottle();
    const waits: number[] = [];
    for (const ip of [
      HERE,
      `${HERE}:1`,
      `${HERE}:65535`,
      `::ffff:${HERE}`,
      `[::ffff:${HERE}]:80`,
      `${HERE}:2`,
    ]) {
      waits.push(await throttle.attempt('ada', ip));
    }
    expect(waits).toEqual([0, 0, 0, 0, 0, 900]);
  });

  it.each([
    [48, 200, (nth: number) => `2001:db8:1:${nth.toString(16)}::1`],
    [56, 100, (nth: number) => `2001:db8:1:${(nth % 256).toString(16)}::1`],
  ])('allows a /%d %d attempts, however many /64 networks it uses', async (_bits, most, addressOf) => {
    const throttle = createThrottle({ maxCounters: 1000 });
    let passed = 0;
    for (let nth = 0; nth < 20_020; nth++) {
      if ((await throttle.attempt(`user${nth}`, addressOf(nth))) === 0) passed += 1;
    }
    expect(passed).toBe(most);
    expect(await throttle.attempt('ada', '2001:db8:2::1')).toBe(0);
  });

  it('delays attempts more and more for a name tried from many addresses, and locks nobody out', async () => {
    const waits: number[] = [];
    const throttle = createThrottle({}, { wait: async (ms) => waits.push(ms) });
    for (let nth = 0; nth < 20; nth++) expect(await throttle.attempt('ada', `198.51.100.${nth}`)).toBe(0);
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000, 4000, 4000, 4000]);
    expect(await throttle.attempt('ada', HERE)).toBe(0);
    await throttle.attempt('bob', HERE);
    expect(waits).toHaveLength(11);
    vi.advanceTimersByTime(900_000);
    await throttle.attempt('ada', HERE);
    expect(waits).toHaveLength(11);
  });

  it('gives back what a refused attempt has counted for each of its networks', async () => {
    const throttle = createThrottle({ perNameAndIp: 1, perIp: 5, per56: 5, per48: 5 });
    await attempts(throttle, 50, 'ada', '2001:db8:1:2::1');
    const others = ['2001:db8:1:2::2', '2001:db8:1:3::1', '2001:db8:1:ff03::1'];
    for (const [nth, ip] of others.entries()) expect(await throttle.attempt(`user${nth}`, ip)).toBe(0);
  });

  it('takes an attempt back that could not be checked', async () => {
    const throttle = createThrottle(
      { perNameAndIp: 1, perIp: 1, delayAfterPerName: 1 },
      { wait: async () => expect.fail() },
    );
    for (let nth = 0; nth < 5; nth++) {
      expect(await throttle.attempt('ada', HERE)).toBe(0);
      await throttle.takeBack('ada', HERE);
    }
  });

  it('does not count correct passwords', async () => {
    const waits: number[] = [];
    const throttle = createThrottle({}, { wait: async (ms) => waits.push(ms) });
    for (let nth = 0; nth < 20; nth++) {
      await throttle.attempt('ada', HERE);
      await throttle.succeeded('ada', HERE);
    }
    expect(waits).toEqual([]);
  });

  it('takes all of an IPv6 subnet for one address', async () => {
    const throttle = createThrottle({ perIp: 2 });
    await throttle.attempt('a', '2001:db8::1');
    await throttle.attempt('b', '2001:db8::2');
    expect(await throttle.attempt('c', '2001:db8::3')).toBe(900);
    expect(await throttle.attempt('c', '2001:db8:0:1::3')).toBe(0);
  });

  it('forgets the failures of the pair when the password was right', async () => {
    const throttle = createThrottle();
    await attempts(throttle, 5, 'ada', HERE);
    await throttle.succeeded('ada', HERE);
    expect(await attempts(throttle, 6, 'ada', HERE)).toEqual([0, 0, 0, 0, 0, 900]);
  });

  it('does not count right passwords against the address, nor forget its failures for one', async () => {
    const throttle = createThrottle({ perIp: 3 });
    for (let i = 0; i < 20; i++) {
      expect(await throttle.attempt(`user${i}`, HERE)).toBe(0);
      await throttle.succeeded(`user${i}`, HERE);
    }
    await attempts(throttle, 2, 'bob', HERE);
    await throttle.attempt('mallory', HERE);
    await throttle.succeeded('mallory', HERE);
    expect(await attempts(throttle, 2, 'bob', HERE)).toEqual([0, 900]);
  });

  it('does not use up the attempts of the address with a name that is refused anyway', async () => {
    const throttle = createThrottle({ perNameAndIp: 1, perIp: 3 });
    await attempts(throttle, 50, 'ada', HERE);
    expect(await throttle.attempt('bob', HERE)).toBe(0);
  });

  it('keeps a bounded number of counters, forgetting the longest unused', async () => {
    const throttle = createThrottle({ perNameAndIp: 1, perIp: 1000, maxCounters: 3 });
    await attempts(throttle, 1, 'a', HERE);
    await attempts(throttle, 1, 'b', HERE);
    await attempts(throttle, 1, 'c', HERE);
    await attempts(throttle, 1, 'a', HERE);
    await attempts(throttle, 1, 'd', HERE);
    // One timer for each counter: three pairs, three names and the address.
    expect(vi.getTimerCount()).toBe(7);
    expect(await throttle.attempt('a', HERE)).toBe(900);
    expect(await throttle.attempt('b', HERE)).toBe(0);
  });
});
