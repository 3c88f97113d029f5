import { describe, expect, it } from 'vitest';
import { judge, judgeCost, overheadText, reportOf } from './verdict.ts';

const firm = (value: number) => ({ value, noise: 0.1 });

describe('a goal for a fraction', () => {
  it('is met, or missed', () => {
    expect(judgeCost(firm(5), firm(40), 0.15)).toEqual({ standing: 'met', text: '0.13 (≤ 0.15 ✓)' });
    expect(judgeCost(firm(9), firm(40), 0.15)).toEqual({ standing: 'missed', text: '0.23 (≤ 0.15 ✗)' });
  });

  it('is near if it is missed by less than the noise of the run', () => {
    const cost = { value: 9, noise: 4 };
    expect(judgeCost(cost, firm(40), 0.15)).toEqual({ standing: 'near', text: '0.23 (≤ 0.15 ≈)' });
  });

  it('is judged by µs if the whole costs almost nothing', () => {
    const whole = { value: 0.6, noise: 0.5 };
    const verdict = (cost: number) => judgeCost(firm(cost), whole, 0.3);
    expect(verdict(0.1)).toMatchObject({ standing: 'met' });
    expect(verdict(0.3)).toEqual({ standing: 'near', text: '−0.3 ± 0.5 µs (≤ 0.3 ≈)' });
    expect(verdict(5)).toEqual({ standing: 'missed', text: '+4.4 ± 0.5 µs (≤ 0.3 ✗)' });
  });
});

it('a goal in µs is judged with the noise', () => {
  const whole = firm(40);
  const verdict = (value: number) => judgeCost({ value, noise: 1 }, whole, '2 µs');
  expect(verdict(1.9)).toEqual({ standing: 'met', text: '+1.9 ± 1.0 µs (≤ 2 µs ✓)' });
  expect(verdict(-3)).toMatchObject({ standing: 'met' });
  expect(verdict(2.9)).toMatchObject({ standing: 'near' });
  expect(verdict(3.1)).toMatchObject({ standing: 'missed' });
});

it('a goal for a number is met up to the number itself', () => {
  expect(judge(450, 450)).toEqual({ standing: 'met', text: '450 (≤ 450 ✓)' });
  expect(judge(451, 450)).toEqual({ standing: 'missed', text: '451 (≤ 450 ✗)' });
  expect(judge(0.314, 1)).toEqual({ standing: 'met', text: '0.31 (≤ 1 ✓)' });
});

describe('a report', () => {
  const near = judgeCost({ value: 3, noise: 2 }, firm(40), '2 µs');
  const { tables, missed } = reportOf(
    ['Goals', 'read', 'write'],
    [
      ['fine', judge(1, 1), near],
      ['bad', judge(1, 1), judge(3, 1)],
    ],
    ['another table'],
  );

  it('begins with a table of each figure and its goal', () => {
    const [, , fine, bad] = tables[0]?.split('\n') ?? [];
    expect(fine).toMatch(/^\| fine +\| 1 \(≤ 1 ✓\) \| \+3\.0 ± 2\.0 µs \(≤ 2 µs ≈\) \|$/);
    expect(bad).toMatch(/^\| bad +\| 1 \(≤ 1 ✓\) \| 3 \(≤ 1 ✗\) +\|$/);
    expect(tables.slice(1)).toEqual(['another table']);
  });

  it('names the goals that are missed by more than the noise', () => {
    expect(missed).toEqual(['bad, write: 3 (≤ 1 ✗)']);
  });
});

it('a cost has a sign, except for 0', () => {
  expect([-1.26, -0.01, 2].map((value) => overheadText(firm(value)))).toEqual([
    '−1.3 ± 0.1',
    '+0.0 ± 0.1',
    '+2.0 ± 0.1',
  ]);
});
