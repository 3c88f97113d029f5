import { describe, expect, it } from 'vitest';
import { explainSetCookie } from './explain-set-cookie.ts';

const NOW = Date.UTC(2025, 10, 24, 7, 0, 0);
const TOMORROW = 'expires=Tue, 25 Nov 2025 07:00:00 GMT';

function meanings(header: string): Record<string, string> {
  return Object.fromEntries(
    explainSetCookie(header, NOW).attributes.map(({ name, meaning }) => [name, meaning]),
  );
}

describe('explainSetCookie', () => {
  it('splits a line, keeps the order and the spelling of its attributes, and counts bytes', () => {
    const cookie = explainSetCookie(`né=ü==; path=/; ${TOMORROW}; samesite=lax; secure; HttpOnly`, NOW);
    expect(cookie).toMatchObject({ name: 'né', value: 'ü==', bytes: 7, deleted: false });
    const present = cookie.attributes.filter((one) => one.present);
    expect(present.map(({ name, value }) => `${name}=${value}`)).toEqual([
      'path=/',
      TOMORROW,
      'samesite=lax',
      'secure=',
      'HttpOnly=',
    ]);
  });

  it.each([
    ['path=/', 'path', 'Sent with every path of this host.'],
    ['path=/app', 'path', 'Sent with paths at or below /app only.'],
    ['path=app', 'path', 'Sent with paths in the folder of this address only.'],
    ['domain=.example.org', 'domain', 'Sent to example.org and to all its subdomains.'],
    ['domain=', 'domain', 'This host only, not its subdomains.'],
    [TOMORROW, 'expires', 'Kept until 25 Nov 2025, 07:00:00 UTC (1 day), even'],
    ['expires=soon', 'expires', 'Not a date, so browsers ignore it.'],
    [`${TOMORROW}; max-age=60`, 'expires', 'Ignored, because Max-Age takes precedence.'],
    ['Max-Age=90', 'Max-Age', 'Kept for 1 minute 30 seconds, even if the browser closes.'],
    ['Max-Age=99999999', 'Max-Age', 'Kept for 400 days'],
    ['max-age=x', 'max-age', 'Not a number of seconds, so browsers ignore it.'],
    ['max-age=0', 'max-age', 'In the past, so the browser deletes the cookie at once.'],
    ['SameSite=Strict', 'SameSite', 'Sent only with requests from this site'],
    ['samesite=some', 'samesite', 'Not a known value, so browsers treat it as missing.'],
    ['samesite=constructor', 'samesite', 'Not a known value'],
    ['HTTPONLY', 'HTTPONLY', 'No script can read it'],
    ['colour=red', 'colour', 'Not an attribute that browsers know, so they ignore it.'],
    ['constructor', 'constructor', 'Not an attribute that browsers know'],
  ])('says what "%s" does', (attributes, name, meaning) => {
    expect(meanings(`a=b; ${attributes}`)[name]).toSatisfy((text: string) => text.startsWith(meaning));
  });

  it('says what follows from each attribute that is missing', () => {
    const { attributes } = explainSetCookie('a=b', NOW);
    const names = attributes.map(({ name }) => name);
    expect(names).toEqual(['HttpOnly', 'Secure', 'SameSite', 'Expires', 'Domain', 'Path']);
    for (const { present, meaning } of attributes) {
      expect(present).toBe(false);
      expect(meaning).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('mentions no missing attribute if all are there, in any case', () => {
    const given =
      'HTTPONLY; Secure; SameSite=Strict; Max-Age=1; Domain=a.org; Path=/; Partitioned; Priority=High';
    const { attributes } = explainSetCookie(`a=b; ${given}`, NOW);
    expect(attributes.map(({ name }) => name)).toHaveLength(given.split(';').length);
  });

  it.each([
    ['a=; expires=Thu, 01 Jan 1970 00:00:00 GMT', true],
    ['a=b; max-age=0', true],
    ['a=b; Max-Age=-1', true],
    ['a=b; expires=Thu, 01 Jan 1970 00:00:00 GMT; max-age=60', false],
  ])('knows whether "%s" deletes the cookie: %s', (header, deleted) => {
    expect(explainSetCookie(header, NOW).deleted).toBe(deleted);
  });

  it.each(['', ';', '=', ';;;=;', 'a', '=b; =c', '__proto__=1; __proto__=2; constructor'])(
    'accepts "%s", which no server should send',
    (header) => {
      expect(() => explainSetCookie(header, NOW)).not.toThrow();
    },
  );
});
