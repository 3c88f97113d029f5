import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deviceOf, safeNext } from './login-request.ts';

const FALLBACK = '/fallback';

describe('safeNext', () => {
  const SAME = ['/', '/account?tab=1&x=%2F%2Fy#top', '/caf%C3%A9', '/100%25', '/a//b', '/@evil.test', '/a:b'];
  it.each([
    ...SAME.map((path) => [path, path]),
    // As the Location header needs it.
    ['/café ok/../é x', '/%C3%A9%20x'],
  ])('takes %o as %o', (next, path) => {
    expect(safeNext(next, FALLBACK)).toBe(path);
  });

  it.each<[string, unknown[]]>([
    ['no text', [undefined, null, 7, true, ['/account'], { toString: () => '/account' }, Object('/account')]],
    ['no path', ['', 'account', '?x', '#x', 'http://evil.test', 'https:evil.test', 'javascript:alert(1)']],
    ['a host', ['//evil.test', '///evil.test', '/\\evil.test', '\\\\evil.test', ' //evil.test', '/a\\..\\b']],
    ['a host after tidying', ['/.//evil.test', '/..//evil.test', '/a/../..//evil.test', '/%2e//evil.test']],
    ['a host once decoded', ['/%09/evil.test', '/%5Cevil.test', '/%2Fevil.test', '/%2e%2e/%2fevil.test']],
    ['control characters', ['/\t/evil.test', '\t//evil.test', '/\n/evil.test', '/\0', '/x\r\nA: b']],
    ['encoded wrongly', ['/%', '/%E0%A4%A']],
    ['too long', [`/${'a'.repeat(1024)}`]],
  ])('refuses what is %s', (_what, refused) => {
    expect(refused.filter((next) => safeNext(next, FALLBACK) !== FALLBACK)).toEqual([]);
  });

  it('never leaves the origin, even if the path is decoded or normalized again', () => {
    // The pieces of such attacks, so that random strings resemble them.
    const pieces = '/ \\ . .. %2e %2f %5c %09 @ : ? # http evil.test a'.split(' ');
    const piece = fc.constantFrom('\t', '\n', ' ', ...pieces);
    const attack = fc.array(piece, { maxLength: 12 }).map((all) => all.join(''));
    const path = attack.map((rest) => `/${rest}`);
    const anything = fc.oneof(attack, path, fc.string({ unit: 'binary' }), fc.webUrl(), fc.anything());

    fc.assert(
      fc.property(anything, (next) => {
        const result = safeNext(next, FALLBACK);
        for (const base of ['http://us.test/login', 'https://us.test/a/b/?next=x']) {
          const { origin } = new URL(base);
          expect(new URL(result, base).origin).toBe(origin);
          const [part = ''] = result.split(/[?#]/);
          expect(new URL(decodeURIComponent(part), base).origin).toBe(origin);
        }
        expect(safeNext(result, 'not idempotent')).toBe(result);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('the name of a device', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0 Safari/537.36', 'Chrome on Windows'],
    ['Firefox/140.0', 'Firefox'],
    ['curl/8.5.0', 'curl'],
    ['', 'Unknown device'],
    ['  ', 'Unknown device'],
    ['<script>', 'Unknown device'],
  ])('of %j is %j', (userAgent, name) => {
    expect(deviceOf(userAgent)).toBe(name);
  });

  it.each(['x', 'Firefox/', 'x/1 '])('is short, even if the client repeats %j', (text) => {
    expect(deviceOf(text.repeat(10_000)).length).toBeLessThanOrEqual(80);
  });
});
