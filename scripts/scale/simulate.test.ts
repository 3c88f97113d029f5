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
  it('stands in docs/scale.md as the committed inputs give it', () => {
    const document = readFileSync(DOCUMENT, 'utf8');
    expect(withTables(document, tables(measured))).toBe(document);
  });

  it('would not stand there with any other input', () => {
    const document = readFileSync(DOCUMENT, 'utf8');
    const { about: _, ...inputs } = { about: undefined, ...measured };
    const others = [
      ...changedOnce(inputs).map(({ path, value }) => ({ path, made: tables(value) })),
      ...changedOnce(ASSUMPTIONS).map(({ path, value }) => ({ path, made: tables(measured, value) })),
    ];
    expect(others.length).toBeGreaterThan(200);
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

  it('is limited by memory where sessions are large and rest, by CPU where they are small and busy', () => {
    const resting = simulate(measured, { ...ASSUMPTIONS, dataBytes: 1000, requestsPerHour: 0.1 }, 1e9);
    expect(resting.mastersByMemory).toBeGreaterThan(resting.mastersByCpu);
    expect(resting.masters).toBe(resting.mastersByMemory);
    const busy = simulate(measured, { ...ASSUMPTIONS, requestsPerHour: 60 }, 1e9);
    expect(busy.mastersByCpu).toBeGreaterThan(busy.mastersByMemory);
    expect(busy.masters).toBe(busy.mastersByCpu);
  });

  it('is one master where one will do, and else three at least, as a cluster has', () => {
    expect(simulate(measured, ASSUMPTIONS, 1000)).toMatchObject({ masters: 1, replicas: 2 });
    const small = { ...ASSUMPTIONS, nodeGiB: 0.5 };
    expect(simulate(measured, small, 1e6)).toMatchObject({ mastersByMemory: 2, masters: 3, replicas: 6 });
  });

  it('grows with the bytes of a session, and is what its parts are', () => {
    const byHand = simulate(
      measured,
      { ...ASSUMPTIONS, shareOfUsers: 1, requestsPerHour: 3600, peakFactor: 1, shares: ONLY_WRITES },
      10,
    );
    const { requests, commands } = measured;
    expect(byHand.memoryBytes).toBe(10 * measured.memory.user[200]);
    expect(byHand.requestsPerSecond).toBe(10);
    expect(byHand.commandsPerSecond).toBeCloseTo(30);
    expect(byHand.bytesPerSecondToRedis).toBeCloseTo(10 * (requests['writeUser']?.to ?? 0));
    const micros = ['GET', 'UPDATE', 'INDEX'].map((command) => commands[command]?.apart ?? 0);
    expect(byHand.cpuCores).toBeCloseTo((10 * micros.reduce((sum, one) => sum + one, 0)) / 1e6);
  });

  it('assumes requests that are all told of', () => {
    const sum = Object.values(ASSUMPTIONS.shares).reduce((total, share) => total + share, 0);
    expect(sum).toBeCloseTo(1, 10);
  });

  it('says which input or place is missing', () => {
    expect(() => simulate({ ...measured, commands: {} }, ASSUMPTIONS, 1)).toThrow('measured.json has no GET');
    expect(() => withTables('| A |', ['| B |'])).toThrow('one table that begins with B');
    expect(() => withTables('| B |\n\n| B |', ['| B |'])).toThrow('one table that begins with B');
  });
});

/** `inputs` as often as it has values, each time with another one changed. */
function changedOnce<Inputs>(inputs: Inputs): { path: string; value: Inputs }[] {
  if (typeof inputs === 'number') return [{ path: '', value: (inputs * 1.5 + 1) as Inputs }];
  if (typeof inputs === 'string') return [{ path: '', value: `${inputs}?` as Inputs }];
  return Object.entries(inputs as object).flatMap(([key, inner]) =>
    changedOnce<unknown>(inner).map(({ path, value }) => ({
      path: `${key}.${path}`,
      value: { ...inputs, [key]: value },
    })),
  );
}
