import { describe, expect, it } from 'vitest';
import { parseCookieDate } from './parse.ts';

const DATE = Date.UTC(2026, 10, 25, 12, 29, 37);

describe('a date of a cookie', () => {
  it.each([
    ['as servers write it', 'Wed, 25 Nov 2026 12:29:37 GMT'],
    ['with hyphens', 'Wednesday, 25-Nov-2026 12:29:37 GMT'],
    ['as asctime writes it', 'Wed Nov 25 12:29:37 2026'],
    ['with the time first', '12:29:37 25 November 2026'],
    ['with the year last but one', 'nov 25 2026 12:29:37'],
    ['with any delimiters', '\t25/Nov;2026@12:29:37~'],
    ['in UTC, whatever zone it names', '25 Nov 2026 12:29:37 GMT+0500'],
    ['without a zone', '25 Nov 2026 12:29:37'],
    ['with letters after the numbers', '25th Nov 2026AD 12:29:37Z'],
    ['with two years, of which the first counts', '25 Nov 2026 12:29:37 1999'],
    ['in two digits', '25 Nov 26 12:29:37'],
    ['with numbers of one digit', '1 Jan 2026 1:2:3', Date.UTC(2026, 0, 1, 1, 2, 3)],
    ['on the 29th of February of a leap year', '29 Feb 2028 00:00:00', Date.UTC(2028, 1, 29)],
  ])('is read %s: %j', (_how, text, date = DATE) => {
    expect(parseCookieDate(text)).toBe(date);
  });

  it.each([
    ['00', 2000],
    ['69', 2069],
    ['70', 1970],
    ['99', 1999],
    ['0099', 1999],
    ['1601', 1601],
    ['9999', 9999],
  ])('with the year %s is of %i', (year, full) => {
    expect(parseCookieDate(`01 Jan ${year} 00:00:00`)).toBe(Date.UTC(full, 0, 1));
  });

  it.each([
    ['empty', ''],
    ['without a time', '25 Nov 2026'],
    ['without a day', 'Nov 2026 12:29:37'],
    ['without a month', '25 2026 12:29:37'],
    ['without a year', '25 Nov 12:29:37'],
    ['with a month in numbers', '2026-11-25T12:29:37Z'],
    ['with a time of two parts', '25 Nov 2026 12:29'],
    ['with a year of three digits', '25 Nov 199 12:29:37'],
    ['with a year of five digits', '25 Nov 20266 12:29:37'],
    ['before 1601', '31 Dec 1600 12:29:37'],
    ['on day 0', '0 Nov 2026 12:29:37'],
    ['on day 32', '32 Nov 2026 12:29:37'],
    ['at 24 hours', '25 Nov 2026 24:00:00'],
    ['at 60 minutes', '25 Nov 2026 12:60:00'],
    ['at 60 seconds', '25 Nov 2026 12:29:60'],
    ['on the 31st of April', '31 Apr 2026 12:29:37'],
    ['on the 29th of February of a common year', '29 Feb 2026 12:29:37'],
    ['in ms', String(DATE)],
  ])('%s is not one: %j', (_what, text) => {
    expect(parseCookieDate(text)).toBeUndefined();
  });

  it('goes over into the next month if asked to', () => {
    expect(parseCookieDate('31 Apr 2026 00:00:00', 'a later day')).toBe(Date.UTC(2026, 4, 1));
    expect(parseCookieDate('32 Apr 2026 00:00:00', 'a later day')).toBeUndefined();
  });
});
