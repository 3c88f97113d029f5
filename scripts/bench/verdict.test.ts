import { describe, expect, it } from 'vitest';
import { bareText, goalTable, judge, judgeFraction, judgeMicros, missed, overheadText } from './verdict.ts';

const firm = (value: number) => ({ value, noise: 0.1 });

describe('a goal for a fraction', () => {
  it('is met, or missed', () => {
    expect(judgeFraction(firm(5), firm(40), 0.15)).toEqual({ standing: 'met', text: '0.13 (≤ 0.15 ✓)' });
    expect(judgeFraction(firm(9), firm(40), 0.15)).toEqual({ standing: 'missed', text: '0.23 (≤ 0.15 ✗)' });
  });

  it('is neither within the noise of the run', () => {
    const part = { value: 9, noise: 4 };
    expect(judgeFraction(part, firm(40), 0.15)).toEqual({ standing: 'near', text: '0.23 (≤ 0.15 ≈)' });
  });

  it('can be asked of a whole that costs next to nothing', () => {
    const whole = { value: 0.6, noise: 0.5 };
    const verdict = (part: number) => judgeFraction(firm(part), whole, 0.3);
    expect(verdict(0.1)).toMatchObject({ standing: 'met' });
    expect(verdict(0.3)).toEqual({ standing: 'near', text: '−0.3 ± 0.5 µs (≤ 0.3 ≈)' });
    expect(verdict(5)).toEqual({ standing: 'missed', text: '+4.4 ± 0.5 µs (≤ 0.3 ✗)' });
  });
});

it('a goal in µs is judged with the noise', () => {
  expect(judgeMicros({ value: 1.9, noise: 1 }, 2)).toEqual({
    standing: 'met',
    text: '+1.9 ± 1.0 µs (≤ 2 µs ✓)',
  });
  expect(judgeMicros({ value: -3, noise: 1 }, 2)).toMatchObject({ standing: 'met' });
  expect(judgeMicros({ value: 2.9, noise: 1 }, 2)).toMatchObject({ standing: 'near' });
  expect(judgeMicros({ value: 3.1, noise: 1 }, 2)).toMatchObject({ standing: 'missed' });
});

it('a goal for a number is met up to the number itself', () => {
  expect(judge(450, 450)).toEqual({ standing: 'met', text: '450 (≤ 450 ✓)' });
  expect(judge(451, 450)).toEqual({ standing: 'missed', text: '451 (≤ 450 ✗)' });
  expect(judge(0.314, 1)).toEqual({ standing: 'met', text: '0.31 (≤ 1 ✓)' });
});

describe('a table of goals', () => {
  const near = judgeMicros({ value: 3, noise: 2 }, 2);
  const goals = {
    head: ['Goals', 'read', 'write'],
    rows: [
      ['fine', judge(1, 1), near],
      ['bad', judge(1, 1), judge(3, 1)],
    ],
  } satisfies Parameters<typeof missed>[0];

  it('has each figure with its goal', () => {
    const [, , fine, bad] = goalTable(goals).split('\n');
    expect(fine).toMatch(/^\| fine +\| 1 \(≤ 1 ✓\) \| \+3\.0 ± 2\.0 µs \(≤ 2 µs ≈\) \|$/);
    expect(bad).toMatch(/^\| bad +\| 1 \(≤ 1 ✓\) \| 3 \(≤ 1 ✗\) +\|$/);
  });

  it('names those that are missed by more than the noise', () => {
    expect(missed(goals)).toEqual(['bad, write: 3 (≤ 1 ✗)']);
  });
});

describe('what is shown', () => {
  it('is about nothing where it is less than its noise', () => {
    expect([-3, 0.1, 0.2].map((value) => bareText(firm(value)))).toEqual(['≈ 0', '≈ 0', '0.2']);
  });

  it('has a sign, but for nothing', () => {
    expect([-1.26, -0.01, 2].map((value) => overheadText(firm(value)))).toEqual([
      '−1.3 ± 0.1',
      '+0.0 ± 0.1',
      '+2.0 ± 0.1',
    ]);
  });
});
