import { beforeAll, describe, expect, it } from 'vitest';
import { build } from './build.ts';
import { leastDisturbed, latencyTable, measureLatency } from './latency.ts';

const turn = (p99: number, others: number) => ({ p50: 100, p99, others });

describe('the latency of a server', () => {
  it('is that of the turns in which other processes had the least', () => {
    const turns = [turn(30_000, 1.8), turn(400, 0.1), turn(900, 0.7), turn(500, 0.2), turn(300, 0)];
    expect(leastDisturbed('bare Koa', turns)).toEqual(turn(400, 0.1));
  });

  it('cannot be told where the rate was never reached', () => {
    expect(() => leastDisturbed('bare Koa', [])).toThrow(
      'bare Koa was never asked at the full rate. When nothing else runs: npm run bench -- latency',
    );
  });

  it('is shown with what the others had of a core', () => {
    const both = { read: turn(400, 0.02), write: turn(1234, 0.1) };
    const [head, , row] = latencyTable({ 'bare Koa': both }, 500).split('\n');
    expect(head).toContain('At 500 requests a second, µs');
    expect(row).toMatch(/^\| bare Koa +\| 100 +\| 400 +\| 100 +\| 1,234 +\| 10 % of a core +\|$/);
  });
});

describe('a server that is asked at a fixed rate', () => {
  beforeAll(() => build());
  const size = { starts: 1, warmUp: 32, requests: 10 };

  it('is started alone, and measured with each kind of request', { timeout: 60_000 }, async () => {
    const said: string[] = [];
    // So few that no machine is too busy for it.
    const found = await measureLatency(['ours, store'], { ...size, perSecond: 20 }, (line) =>
      said.push(line),
    );
    expect(found['ours, store']?.read.p50).toBeGreaterThan(0);
    expect(found['ours, store']?.write.p99).toBeGreaterThan(0);
    expect(said).toEqual(['start 1 of 1']);
  });

  it('has no figure where it cannot be asked as often', { timeout: 60_000 }, async () => {
    await expect(measureLatency(['bare Koa'], { ...size, perSecond: 1e9 }, () => {})).rejects.toThrow(
      'never asked at the full rate',
    );
  });
});
