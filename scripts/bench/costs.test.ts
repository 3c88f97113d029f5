import { describe, expect, it } from 'vitest';
import { costGoals, costTable, overheadOf, overheadTable, type Turns } from './costs.ts';
import { byKind } from './workload.ts';

const turnsOf = (...micros: number[]) => byKind(() => micros);

const TURNS: Turns = new Map([
  ['bare Koa', turnsOf(20, 20, 40)],
  ['koa-session, store', turnsOf(60, 60, 80)],
  ['ours, store', turnsOf(22, 26, 44)],
]);

describe('the cost of sessions', () => {
  it('is the median difference to the bare framework in the same round', () => {
    expect(overheadOf(TURNS, 'ours, store', 'read')).toEqual({ value: 4, noise: 2 });
  });

  it('does not depend on a round that was slow for both', () => {
    expect(overheadOf(TURNS, 'koa-session, store', 'new')).toEqual({ value: 40, noise: 0 });
  });

  it('is unknown without a measurement of both', () => {
    for (const turns of [new Map(), new Map([['express-session', turnsOf(100)]] as const)]) {
      expect(() => overheadOf(turns, 'express-session', 'read')).toThrow(
        'express-session and bare Express were not measured together',
      );
    }
  });
});

describe('the tables', () => {
  it('have a row for each candidate, with the noise', () => {
    const [head, , bare, ours] = costTable('Some', ['bare Koa', 'ours, store'], TURNS).split('\n');
    expect(head).toMatch(/^\| Some, µs +\| none +\|/);
    expect(bare).toMatch(/^\| bare Koa +\| 20\.0 +\| 20\.0 +\|.*\| no sessions +\|$/);
    expect(ours).toContain('26.0 (+4.0 ± 2.0)');
  });

  it('compare sessions with other sessions or with nothing, and show the goal', () => {
    const most = { none: 0.05, read: 0.2, write: '1 µs', new: '4 µs' } as const;
    expect(costGoals([{ of: 'ours, store', to: 'koa-session, store', most }], TURNS)).toMatchObject([
      [
        'ours, store, of koa-session, store',
        { text: '0.10 (≤ 0.05 ≈)' },
        { text: '0.10 (≤ 0.2 ✓)' },
        { text: '+4.0 ± 2.0 µs (≤ 1 µs ✗)' },
        { text: '+4.0 ± 2.0 µs (≤ 4 µs ✓)' },
      ],
    ]);
  });

  it('show only the overhead in the README, and about 0 for what is below its noise', () => {
    expect(overheadTable(['ours, store'], TURNS)).toMatch(
      /\| `ours, store` +\| 4\.0 +\| 4\.0 +\| 4\.0 +\| 4\.0 \|$/,
    );
    const noisy: Turns = new Map([
      ['bare Koa', turnsOf(20, 20, 20)],
      ['ours, store', turnsOf(15, 21, 25)],
    ]);
    expect(overheadTable(['ours, store'], noisy)).toMatch(/\| ≈ 0 +\| ≈ 0 +\| ≈ 0 +\| ≈ 0 +\|$/);
  });
});
