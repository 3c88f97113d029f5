import { expect, it } from 'vitest';
import { Trials } from './trials.ts';

const TRIAL = { line: 'lab=1', before: '', origin: 'http://localhost:3000' };

it('keeps a trial for a minute, under an id of its own', () => {
  let now = 1000;
  const trials = new Trials(() => now);
  const [one, other] = [trials.begin(TRIAL), trials.begin(TRIAL)];
  expect(one).toMatch(/^[\w-]{22}$/);
  expect(other).not.toBe(one);

  trials.get(one)?.seen.set('top', ['lab=1']);
  now += 59_999;
  expect(trials.get(one)?.seen.get('top')).toEqual(['lab=1']);
  expect(trials.get(other)?.seen.size).toBe(0);
  now += 2;
  expect(trials.get(one)).toBeUndefined();
});

it('forgets the oldest of more than a hundred', () => {
  const trials = new Trials(() => 1);
  const ids = Array.from({ length: 101 }, () => trials.begin(TRIAL));
  expect(ids.filter((id) => trials.get(id) === undefined)).toEqual(ids.slice(0, 1));
});
