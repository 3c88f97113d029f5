import { describe, expect, it } from 'vitest';
import { ENGINES } from './engine.ts';
import { MISTAKES } from './mistakes.ts';
import { predict } from './prediction.ts';
import { trialProblem } from './trial/rules.ts';

const ARRIVAL = { url: 'http://localhost:3000/lab/trial', now: Date.UTC(2026, 10, 24) };

/** Whether a line does what was meant, without a warning: sets its cookie, or deletes the one that is there. */
function isRight(line: string, before: string, engine?: (typeof ENGINES)[number]): boolean {
  const { verdict, kept } = predict(line, before, { ...ARRIVAL, engine });
  const isDone = before === '' ? verdict.stored : verdict.deletes && kept.length === 0;
  return isDone && verdict.warnings.length === 0;
}

describe.each(MISTAKES)('$title', ({ before = '', line, fix }) => {
  it('is one by the RFC, or where engines differ', () => {
    expect([undefined, ...ENGINES].map((engine) => isRight(line, before, engine))).toContain(false);
  });

  it('has a fix that the RFC and Chromium and Firefox take as it is meant', () => {
    const rules = [undefined, 'chromium', 'firefox'] as const;
    expect(rules.filter((engine) => !isRight(fix, before, engine))).toEqual([]);
  });

  it('can be tried', () => {
    for (const one of [line, fix]) expect(trialProblem(one, before, ARRIVAL)).toBeUndefined();
  });
});

it('has a title of its own for each', () => {
  expect(new Set(MISTAKES.map(({ title }) => title)).size).toBe(MISTAKES.length);
});
