import { describe, expect, it } from 'vitest';
import type { EffectiveCookie } from './effective-cookie.ts';
import { checkSetCookie } from './verdict.ts';

const NOW = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const URL = 'https://app.example.com/docs/page';
const ON = { url: URL, now: NOW };

describe('the attributes in effect', () => {
  it.each<[how: string, line: string, cookie: Partial<EffectiveCookie>]>([
    [
      'in any case',
      'a=b; PATH=/x; sEcUrE; httponly; SAMESITE=strict',
      { path: '/x', secure: true, httpOnly: true, sameSite: 'strict' },
    ],
    [
      'with a Domain in lower case and without its dot',
      'a=b; Domain=.Example.COM',
      { domain: 'example.com', hostOnly: false },
    ],
    [
      'the last of two',
      'a=b; Path=/x; Path=/y; SameSite=Lax; SameSite=None',
      { path: '/y', sameSite: 'none' },
    ],
    ['the folder after a Path that is none', 'a=b; Path=/x; Path=y', { path: '/docs' }],
    ['none after an unknown SameSite', 'a=b; SameSite=Lax; SameSite=maybe', { sameSite: 'default' }],
    ['but those with values of over 1024 bytes', `a=b; Path=/${'x'.repeat(1024)}`, { path: '/docs' }],
    ['flags whatever their value', 'a=b; Secure=false; HttpOnly=0', { secure: true, httpOnly: true }],
    ['without white space around them', ' a\t=  b c ;\tPath = /x ', { name: 'a', value: 'b c', path: '/x' }],
    ['with white space of other kinds in them', '\u00A0a=b\u3000', { name: '\u00A0a', value: 'b\u3000' }],
    ['a value with = in it', 'a=b=c==', { value: 'b=c==' }],
    ['a value without a name', 'ab; Path=/', { name: '', value: 'ab', bytes: 2 }],
    ['bytes of UTF-8', 'ä=€😀', { bytes: 9 }],
  ])('are read %s', (_how, line, cookie) => {
    expect(checkSetCookie(line, ON).cookie).toMatchObject(cookie);
  });

  it.each([
    ['/', '/'],
    ['/page', '/'],
    ['/docs/', '/docs'],
    ['/docs/more/page?a=/b', '/docs/more'],
  ])('without Path, below %s it is %s', (path, folder) => {
    const { cookie } = checkSetCookie('a=b', { ...ON, url: new globalThis.URL(path, URL) });
    expect(cookie?.path).toBe(folder);
  });

  it('are none of a line without a cookie', () => {
    expect(checkSetCookie('; Path=/', ON).cookie).toBeUndefined();
  });
});

describe('the end of a cookie', () => {
  it.each([
    ['Max-Age=60', 60_000],
    ['Max-Age=060', 60_000],
    ['Expires=Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Max-Age=60; Expires=Thu, 08 Jan 2026 00:00:00 GMT', 60_000],
    ['Expires=Thu, 08 Jan 2026 00:00:00 GMT; Max-Age=60', 60_000],
    ['Max-Age=30; Max-Age=60', 60_000],
    ['Max-Age=60; Max-Age=soon', 60_000],
    ['Max-Age=34560000', 400 * DAY],
    ['Max-Age=34560001', 400 * DAY],
    [`Max-Age=${'9'.repeat(400)}`, 400 * DAY],
    ['Expires=Fri, 05 Feb 2027 00:00:00 GMT', 400 * DAY],
    ['Expires=Thu, 04 Feb 2027 23:59:59 GMT', 400 * DAY - 1000],
    ['Expires=Fri, 31 Dec 9999 23:59:59 GMT', 400 * DAY],
  ])('with %s is in %i ms', (life, ms) => {
    const { stored, cookie } = checkSetCookie(`a=b; ${life}`, ON);
    expect([stored, cookie?.expires]).toEqual([true, NOW + ms]);
  });

  it.each(['Max-Age=1.5', 'Max-Age=', 'Max-Age=-', 'Max-Age=+5', 'Expires=tomorrow', 'Max-Age="60"'])(
    'with %s is when the browser closes',
    (life) =>
      expect(checkSetCookie(`a=b; ${life}`, ON)).toMatchObject({
        stored: true,
        cookie: { expires: undefined },
      }),
  );

  it.each([
    'Max-Age=0',
    'Max-Age=-1',
    'Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    'Expires=Thu, 01 Jan 2026 00:00:00 GMT',
  ])('has come with %s: the line deletes', (life) => {
    const { stored, deletes, reasons, sent } = checkSetCookie(`a=b; ${life}`, ON);
    expect({ stored, deletes, rules: reasons.map(({ rule }) => rule) }).toEqual({
      stored: false,
      deletes: true,
      rules: ['ended'],
    });
    expect(Object.values(sent)).toEqual([false, false, false, false]);
  });

  it('has come, but a line that is dropped deletes nothing', () => {
    const { stored, deletes, reasons } = checkSetCookie('__Host-a=; Path=/; Max-Age=0', ON);
    expect([stored, deletes, reasons.map(({ rule }) => rule)]).toEqual([false, false, ['host-prefix']]);
  });

  it.each([
    ['Max-Age=9223372036854775807', 8.64e15],
    [`Max-Age=-${'9'.repeat(400)}`, -8.64e15],
  ])('with %s is a moment that Date can hold', (life, end) => {
    const { cookie } = checkSetCookie(`a=b; ${life}`, { ...ON, engine: 'webkitgtk' });
    expect(cookie?.expires).toBe(new Date(end).getTime());
  });
});
