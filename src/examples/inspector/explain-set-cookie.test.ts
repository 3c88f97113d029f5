import { describe, expect, it } from 'vitest';
import { Sealer } from '../../session/cookie/seal.ts';
import { explainSetCookie } from './explain-set-cookie.ts';

const NOW = Date.UTC(2025, 10, 24, 7, 0, 0);
const TOMORROW = 'expires=Tue, 25 Nov 2025 07:00:00 GMT';
const DATA = Buffer.from('{"views":3,"_maxAge":86400000}').toString('base64');
const SEALED = new Sealer(['a key'], { name: 'sid', purpose: 'session' }).seal('{"a":1}');
const TOO_LONG = Buffer.from(`{"a":${'['.repeat(1600)}${']'.repeat(1600)}}`).toString('base64url');

function meanings(header: string): Record<string, string> {
  return Object.fromEntries(
    explainSetCookie(header, NOW).attributes.map(({ name, meaning }) => [name, meaning]),
  );
}

describe('explainSetCookie', () => {
  it('takes a line apart, keeping the order and the spelling of its attributes, and counts bytes', () => {
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
    [`${TOMORROW}; max-age=60`, 'expires', 'Ignored, because Max-Age goes before it.'],
    ['Max-Age=90', 'Max-Age', 'Kept for 1 minute 30 seconds, even if the browser closes.'],
    ['Max-Age=99999999', 'Max-Age', 'Kept for 400 days'],
    ['max-age=x', 'max-age', 'Not a number of seconds, so browsers ignore it.'],
    ['max-age=0', 'max-age', 'In the past, so the browser deletes the cookie at once.'],
    ['SameSite=Strict', 'SameSite', 'Sent only with requests that this site itself starts'],
    ['samesite=some', 'samesite', 'Not a known value, so browsers act as if there were no SameSite.'],
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

  it('says nothing about missing ones when all are there, in whatever case', () => {
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
  ])('sees whether "%s" deletes the cookie: %s', (header, deleted) => {
    const cookie = explainSetCookie(header, NOW);
    expect(cookie.deleted).toBe(deleted);
    expect(cookie.purpose.startsWith('Removes the cookie')).toBe(deleted);
  });

  it.each<[name: string, value: string, purpose: string, decoded?: object]>([
    ['koa.sess', DATA, 'The session itself', { views: 3, _maxAge: 86_400_000 }],
    ['koa.sess', TOO_LONG, 'Means nothing'],
    ['sid', SEALED, 'Sealed: only the server can read it'],
    ['sid', 'v1.short', 'Means nothing'],
    ['koa.sess.sig', 'Zx91_k', 'The signature of koa.sess:'],
    ['koa.sess', '', 'Means nothing'],
    ['koa.sess', 'MTIz', 'Means nothing'],
    ['koa.sess', 'sess-3f2a9c', 'Means nothing'],
    ['koa.sess', 'VGhlIGlk', 'Means nothing'],
    ['koa.sess', '%7B%7D', 'Means nothing'],
    ['koa.sess', '{"a":1}', 'Means nothing'],
  ])('says what %s=%.40s is for', (name, value, purpose, decoded) => {
    const cookie = explainSetCookie(`${name}=${value}`, NOW);
    expect(cookie.purpose).toContain(purpose);
    expect(cookie.decoded && JSON.parse(cookie.decoded)).toEqual(decoded);
  });

  it.each(['', ';', '=', ';;;=;', 'a', '=b; =c', '__proto__=1; __proto__=2; constructor'])(
    'does not fall over "%s", which no server should send',
    (header) => {
      expect(() => explainSetCookie(header, NOW)).not.toThrow();
    },
  );
});
