import { expect, it } from 'vitest';
import { duration, utcText, utcTime } from './time.ts';

const MOMENT = Date.UTC(2025, 10, 4, 7, 5, 9, 250);

it('shows a moment in UTC, in words and for machines', () => {
  expect(utcText(MOMENT)).toBe('4 Nov 2025, 07:05:09 UTC');
  expect(utcTime(MOMENT).toString()).toBe(
    '<time datetime="2025-11-04T07:05:09.250Z">4 Nov 2025, 07:05:09 UTC</time>',
  );
});

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
