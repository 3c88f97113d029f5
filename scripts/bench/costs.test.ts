import { describe, expect, it } from 'vitest';
import { CANDIDATES } from './candidates.ts';
import { costGoals, costTable, overheadTable } from './cost-tables.ts';
import { costsOf, overheadOf } from './costs.ts';
import { byKind } from './kinds.ts';
import type { Turns } from './requests.ts';

const turnsOf = (...micros: number[]) => byKind(() => micros);

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
  it('have a row for each candidate, with the noise', () => {
    const candidates = { 'bare Koa': CANDIDATES['bare Koa'], 'ours, store': CANDIDATES['ours, store'] };
    const [head, , bare, ours] = costTable('Some', candidates, costs).split('\n');
    expect(head).toMatch(/^\| Some, µs +\| none +\|/);
    expect(bare).toMatch(/^\| bare Koa +\| 20\.0 +\| 20\.0 +\|.*\| no sessions +\|$/);
    expect(ours).toContain('26.0 (+4.0 ± 2.0)');
  });

  it('set ours against theirs or against nothing, with the goal', () => {
    const most = { none: 0.05, read: 0.2, write: { micros: 1 }, new: { micros: 4 } };
    const { head, rows } = costGoals(costs, [{ of: 'ours, store', to: 'koa-session, store', most }]);
    expect(head).toEqual(['What sessions cost', 'none', 'read', 'write', 'new']);
    expect(rows).toMatchObject([
      [
        'ours, store, of koa-session, store',
        { text: '0.10 (≤ 0.05 ≈)' },
        { text: '0.10 (≤ 0.2 ✓)' },
        { text: '+4.0 ± 2.0 µs (≤ 1 µs ✗)' },
        { text: '+4.0 ± 2.0 µs (≤ 4 µs ✓)' },
      ],
    ]);
  });

  it('have the overhead alone for the README', () => {
    expect(overheadTable(costs, ['ours, store'])).toMatch(
      /\| `ours, store` +\| 4\.0 +\| 4\.0 +\| 4\.0 +\| 4\.0 \|$/,
    );
  });
});
