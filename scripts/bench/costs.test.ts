import { describe, expect, it } from 'vitest';
import { comparisonTable, costTable, overheadTable, verdictsOn } from './cost-tables.ts';
import { costsOf, overheadOf } from './costs.ts';
import { byKind } from './kinds.ts';
import type { Turns } from './requests.ts';

const turnsOf = (...micros: number[]) =>
  byKind(() => micros.map((one) => ({ micros: one, perSecond: 1e6 / one })));

const TURNS: Turns = new Map([
  ['bare Koa', turnsOf(20, 20, 40)],
  ['koa-session, store', turnsOf(60, 60, 80)],
  ['ours, store', turnsOf(22, 26, 44)],
]);

const costs = costsOf(TURNS);

describe('the cost of a request', () => {
  it('is the median of the rounds, and for sessions the median over the bare framework in the same round', () => {
    expect(costs['bare Koa']?.read).toEqual({ micros: 20 });
    expect(costs['ours, store']?.read).toEqual({ micros: 26, overhead: { value: 4, noise: 2 } });
  });

  it('loses a slow round that was slow for both', () => {
    expect(overheadOf(costs, 'koa-session, store', 'new')).toEqual({ value: 40, noise: 0 });
  });

  it('cannot be told without the bare framework', () => {
    expect(() => costsOf(new Map([['express-session', turnsOf(100)]]))).toThrow(
      'bare Express was not measured, and so nobody knows what express-session adds to it',
    );
    expect(() => overheadOf(costs, 'ours, sealed cookie', 'read')).toThrow(
      'what sessions cost ours, sealed cookie was not measured',
    );
  });
});

describe('the tables', () => {
  const comparisons = [
    {
      of: 'ours, store',
      to: 'koa-session, store',
      goals: { none: 0.05, read: 0.2 },
      reached: { none: 0.12 },
    },
  ] as const;

  it('have a row for each candidate, with the noise', () => {
    const [, , bare, theirs] = costTable(costs).split('\n');
    expect(bare).toMatch(/^\| bare Koa +\| 20\.0 +\| 20\.0 +\|/);
    expect(theirs).toContain('60.0 (+40.0 ± 0.0)');
  });

  it('set ours against theirs, with the goal where there is one', () => {
    const [, , row = ''] = comparisonTable(costs, comparisons).split('\n');
    expect(row.split('|').map((cell) => cell.trim())).toEqual([
      '',
      'ours, store',
      'koa-session, store',
      '0.10 (≤ 0.05 ≈)',
      '0.10 (≤ 0.2 ✓)',
      '0.10',
      '0.10',
      '',
    ]);
  });

  it('name what is judged', () => {
    expect(verdictsOn(costs, comparisons)).toMatchObject([
      { of: 'ours, store, none, of koa-session, store', goal: 0.05, reached: 0.12, holds: true },
      { of: 'ours, store, read, of koa-session, store', goal: 0.2, holds: true },
    ]);
  });

  it('have the overhead alone for the README', () => {
    expect(overheadTable(costs, ['ours, store'])).toMatch(
      /\| `ours, store` +\| 4\.0 +\| 4\.0 +\| 4\.0 +\| 4\.0 \|$/,
    );
  });
});
