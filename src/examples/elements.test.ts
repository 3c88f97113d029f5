import { expect, it } from 'vitest';
import { duration } from './elements.ts';

it.each([
  [0, '0 seconds'],
  [400, 'less than a second'],
  [1000, '1 second'],
  [59_700, '1 minute'],
  [61_000, '1 minute 1 second'],
  [3_600_000, '1 hour'],
  [3_601_000, '1 hour'],
  [86_399_100, '1 day'],
  [86_340_000, '23 hours 59 minutes'],
  [97_200_000, '1 day 3 hours'],
])('says %d ms as "%s"', (ms, words) => {
  expect(duration(ms)).toBe(words);
});
