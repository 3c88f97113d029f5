import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ASSUMPTIONS } from './assumptions.ts';
import { withTables } from './markdown.ts';
import { DOCUMENT, readMeasured, simulate, tables } from './simulate.ts';

const measured = readMeasured();
const ONLY_WRITES = {
  write: 1,
  read: 0,
  touch: 0,
  create: 0,
  login: 0,
  logout: 0,
  list10: 0,
  everywhere10: 0,
};

describe('what many sessions need', () => {
  it('stands in docs/scale.md as it follows from the committed inputs', () => {
    const document = readFileSync(DOCUMENT, 'utf8');
    expect(withTables(document, tables(measured))).toBe(document);
  });

  it('would change docs/scale.md with any other input', () => {
    const document = readFileSync(DOCUMENT, 'utf8');
    const others = [
      ...changedOnce(measured).map(({ path, value }) => ({ path, made: tables(value) })),
      ...changedOnce(ASSUMPTIONS).map(({ path, value }) => ({ path, made: tables(measured, value) })),
    ];
    // 4 of memory, 5 of each of 12 kinds of requests, 4 of conflicts, 18 assumptions.
    expect(others).toHaveLength(86);
    expect(others.filter(({ made }) => withTables(document, made) === document)).toEqual([]);
  });

  it('is at least twice the memory for twice the sessions, and never fewer masters or processes', () => {
    for (const sessions of [1e6, 3e7, 1e9]) {
      const [once, twice] = [sessions, 2 * sessions].map((count) => simulate(measured, ASSUMPTIONS, count));
      expect(twice?.memoryBytes).toBeGreaterThanOrEqual(2 * (once?.memoryBytes ?? Infinity));
      expect(twice?.masters).toBeGreaterThanOrEqual(once?.masters ?? Infinity);
      expect(twice?.appProcesses).toBeGreaterThanOrEqual(once?.appProcesses ?? Infinity);
    }
  });

  it('is limited by memory when sessions are large and idle, by CPU when they are small and busy', () => {
    const idle = simulate(measured, { ...ASSUMPTIONS, dataBytes: 1000, requestsPerHour: 0.1 }, 1e9);
    expect(idle.mastersByMemory).toBeGreaterThan(idle.mastersByCpu);
    expect(idle.masters).toBe(idle.mastersByMemory);
    const busy = simulate(measured, { ...ASSUMPTIONS, requestsPerHour: 60 }, 1e9);
    expect(busy.mastersByCpu).toBeGreaterThan(busy.mastersByMemory);
    expect(busy.masters).toBe(busy.mastersByCpu);
  });

  it('is one master where one is enough, and otherwise at least three, as a cluster has', () => {
    expect(simulate(measured, ASSUMPTIONS, 1000)).toMatchObject({ masters: 1, replicas: 2 });
    const small = { ...ASSUMPTIONS, nodeGiB: 0.5 };
    expect(simulate(measured, small, 1e6)).toMatchObject({ mastersByMemory: 2, masters: 3, replicas: 6 });
  });

  it('is the sum of what each session and each request costs', () => {
    const needs = simulate(
      measured,
      { ...ASSUMPTIONS, shareOfUsers: 1, requestsPerHour: 3600, peakFactor: 1, shares: ONLY_WRITES },
      10,
    );
    const {
      redisMicros = NaN,
      to = NaN,
      from = NaN,
      replication = NaN,
    } = measured.requests['writeUser'] ?? {};
    expect(needs.memoryBytes).toBe(10 * measured.memory.user[200]);
    expect(needs.requestsPerSecond).toBe(10);
    expect(needs.cpuCores).toBeCloseTo((10 * redisMicros) / 1e6);
    expect(needs.bytesPerSecondToRedis).toBeCloseTo(10 * to);
    expect(needs.bytesPerSecondFromRedis).toBeCloseTo(10 * from);
    expect(needs.replicationBytesPerSecond).toBeCloseTo(10 * 2 * replication);
  });

  it('is for users and anonymous visitors as often as there are sessions of each', () => {
    const half = { ...ASSUMPTIONS, requestsPerHour: 3600, peakFactor: 1, shares: ONLY_WRITES };
    const { writeUser, writeAnonymous } = measured.requests;
    const expected = 5 * (writeUser?.to ?? NaN) + 5 * (writeAnonymous?.to ?? NaN);
    expect(simulate(measured, half, 10).bytesPerSecondToRedis).toBeCloseTo(expected);
  });

  it('assumes what every request does', () => {
    const sum = Object.values(ASSUMPTIONS.shares).reduce((total, share) => total + share, 0);
    expect(sum).toBeCloseTo(1, 10);
  });

  it('says which input or table is missing', () => {
    expect(() => simulate({ ...measured, requests: {} }, ASSUMPTIONS, 1)).toThrow(
      'measured.json has no read',
    );
    expect(() => withTables('| A |', ['| B |'])).toThrow('exactly one table that begins with B');
    expect(() => withTables('| B |\n\n| B |', ['| B |'])).toThrow('exactly one table that begins with B');
  });
});

/** `inputs` as often as it has values, each time with another one of them changed. */
function changedOnce<Inputs>(inputs: Inputs): { path: string; value: Inputs }[] {
  if (typeof inputs === 'number') return [{ path: '', value: (inputs * 1.5 + 1) as Inputs }];
  return Object.entries(inputs as object).flatMap(([key, inner]) =>
    changedOnce<unknown>(inner).map(({ path, value }) => ({
      path: `${key}.${path}`,
      value: { ...inputs, [key]: value },
    })),
  );
}
