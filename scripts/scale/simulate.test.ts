import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ASSUMPTIONS, DOCUMENT, readMeasured, simulate, tables, withTables } from './simulate.ts';

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
    const { requests, serverCpu } = measured;
    expect(byHand.memoryBytes).toBeCloseTo(10 * measured.memory.user200.usedMemory);
    expect(byHand.requestsPerSecond).toBe(10);
    expect(byHand.commandsPerSecond).toBeCloseTo(30);
    expect(byHand.bytesPerSecondToRedis).toBeCloseTo(10 * (requests['writeUser']?.bytesToRedis ?? 0));
    const micros = ['read', 'update', 'index'].map((command) => serverCpu[command]?.single ?? 0);
    expect(byHand.cpuCores).toBeCloseTo((10 * micros.reduce((sum, one) => sum + one, 0)) / 1e6);
  });

  it('takes more CPU with TLS, and as much memory', () => {
    const [plain, secure] = [false, true].map((isTls) => simulate(measured, { ...ASSUMPTIONS, isTls }, 1e9));
    expect(secure?.cpuCores).toBeGreaterThan(plain?.cpuCores ?? Infinity);
    expect(secure?.memoryBytes).toBe(plain?.memoryBytes);
  });

  it('assumes requests that are all told of', () => {
    const sum = Object.values(ASSUMPTIONS.shares).reduce((total, share) => total + share, 0);
    expect(sum).toBeCloseTo(1, 10);
  });

  it('says which input is missing', () => {
    expect(() => simulate({ ...measured, serverCpu: {} }, ASSUMPTIONS, 1)).toThrow(
      'measured.json has no read',
    );
    expect(() => withTables('no place', '')).toThrow('must be there once');
  });
});
