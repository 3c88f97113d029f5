import { describe, expect, it } from 'vitest';
import { bareText, complaints, fractionText, judge, judgeFraction, overheadText } from './verdict.ts';

const firm = (value: number) => ({ value, noise: 0.1 });

function of(part: number, goal: number, reached?: number) {
  return judgeFraction('x', { part: firm(part), whole: firm(40) }, { goal, reached });
}

describe('a goal for a fraction', () => {
  it('is met, or missed', () => {
    expect(of(5, 0.15)).toMatchObject({ value: '0.13', standing: 'met', holds: true });
    expect(of(9, 0.15)).toMatchObject({ value: '0.23', standing: 'missed', holds: false });
  });

  it('holds up to 15 % beyond it', () => {
    expect(of(6.8, 0.15)).toMatchObject({ standing: 'missed', holds: true });
    expect(of(7.2, 0.15)).toMatchObject({ standing: 'missed', holds: false });
  });

  it('is held against what was reached where that is recorded, and is still missed', () => {
    expect(of(9, 0.15, 0.22)).toMatchObject({ goal: 0.15, reached: 0.22, standing: 'missed', holds: true });
    expect(of(11, 0.15, 0.22)).toMatchObject({ holds: false });
  });

  it('holds in any case where another comparison is gone by', () => {
    expect(of(400, 0.15, Infinity)).toMatchObject({ standing: 'missed', holds: true });
  });

  it('is neither met nor missed within the noise of the run, and that is no failure', () => {
    const both = { part: { value: 9, noise: 4 }, whole: { value: 40, noise: 1 } };
    expect(judgeFraction('x', both, { goal: 0.15 })).toMatchObject({ standing: 'near', holds: true });
  });

  it('can be asked of a whole that costs next to nothing', () => {
    const whole = { value: 0.6, noise: 0.5 };
    const verdict = (part: number) => judgeFraction('x', { part: firm(part), whole }, { goal: 0.3 });
    expect(verdict(0.1)).toMatchObject({ standing: 'met' });
    expect(verdict(0.3)).toMatchObject({ value: '−0.3 ± 0.5 µs', standing: 'near', holds: true });
    expect(verdict(5)).toMatchObject({ value: '+4.4 ± 0.5 µs', standing: 'missed', holds: false });
  });
});

describe('a goal for a number', () => {
  it('is met up to the number itself, and holds up to 15 % beyond', () => {
    expect(judge('x', 450, { goal: 450 })).toMatchObject({ value: '450', standing: 'met', holds: true });
    expect(judge('x', 500, { goal: 450 })).toMatchObject({ standing: 'missed', holds: true });
    expect(judge('x', 520, { goal: 450 })).toMatchObject({ standing: 'missed', holds: false });
  });

  it('of nothing is missed by one', () => {
    expect(judge('x', 1, { goal: 0 })).toMatchObject({ value: '1', standing: 'missed', holds: false });
  });
});

it('complains only of what is worse than recorded', () => {
  const verdicts = [judge('fine', 1, { goal: 1 }), judge('bad', 3, { goal: 1, reached: 2 })];
  expect(complaints(verdicts)).toEqual(['bad: 3, where at most 2 is recorded']);
});

describe('what is shown', () => {
  it('is a fraction with two digits', () => {
    expect(fractionText(firm(2), firm(40))).toBe('0.05');
  });

  it('is how far apart two are, where a fraction would say nothing', () => {
    expect(fractionText({ value: 3, noise: 0.3 }, { value: 1, noise: 0.4 })).toBe('+2.0 ± 0.5 µs');
  });

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
