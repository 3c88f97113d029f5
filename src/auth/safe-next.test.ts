import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeNext } from './safe-next.ts';

const FALLBACK = '/fallback';

describe('safeNext', () => {
  it.each([
    '/',
    '/account',
    '/account?tab=1&x=%2F%2Fy#top',
    '/caf%C3%A9',
    '/100%25',
    '/a//b',
    '/@evil.test',
    '/a:b',
  ])('keeps %o', (next) => {
    expect(safeNext(next, FALLBACK)).toBe(next);
  });

  it('writes a path the way the Location header needs it', () => {
    expect(safeNext('/café ok/../x', FALLBACK)).toBe('/x');
    expect(safeNext('/café ok', FALLBACK)).toBe('/caf%C3%A9%20ok');
  });

  it.each([
    '',
    'account',
    '?x',
    '#x',
    'http://evil.test',
    'https:evil.test',
    'javascript:alert(1)',
    '//evil.test',
    '///evil.test',
    '/\\evil.test',
    '\\\\evil.test',
    '/a\\..\\b',
    '/\t/evil.test',
    '\t//evil.test',
    '/\n/evil.test',
    ' //evil.test',
    '/\u0000/evil.test',
    '/%09/evil.test',
    '/%5Cevil.test',
    '/%2Fevil.test',
    '/%2f%2fevil.test',
    '/.//evil.test',
    '/..//evil.test',
    '/a/../..//evil.test',
    '/%2e//evil.test',
    '/%2e%2e/%2fevil.test',
    '/%',
    '/%E0%A4%A',
    '/x\r\nSet-Cookie: a=b',
    `/${'a'.repeat(1024)}`,
  ])('refuses %j', (next) => {
    expect(safeNext(next, FALLBACK)).toBe(FALLBACK);
  });

  it.each([undefined, null, 7, true, ['/account'], { toString: () => '/account' }, Object('/account')])(
    'refuses %o, which is no string',
    (next) => {
      expect(safeNext(next, FALLBACK)).toBe(FALLBACK);
    },
  );

  it('never leaves the origin, nor after being decoded or applied once more', () => {
    // Pieces of which such attacks are made, so that random strings come near them.
    const piece = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      '%2e',
      '%2f',
      '%5c',
      '%09',
      '\t',
      '\n',
      '@',
      ':',
      '?',
      '#',
      'http',
      'evil.test',
      'a',
      ' ',
    );
    const attack = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
    const anything = fc.oneof(
      attack,
      attack.map((rest) => `/${rest}`),
      fc.string({ unit: 'binary' }),
      fc.webUrl(),
      fc.anything(),
    );

    fc.assert(
      fc.property(anything, (next) => {
        const result = safeNext(next, FALLBACK);
        for (const base of ['http://us.test/login', 'https://us.test/a/b/?next=x']) {
          const { origin } = new URL(base);
          expect(new URL(result, base).origin).toBe(origin);
          const [path = ''] = result.split(/[?#]/);
          expect(new URL(decodeURIComponent(path), base).origin).toBe(origin);
        }
        expect(safeNext(result, 'not idempotent')).toBe(result);
      }),
      { numRuns: 3000 },
    );
  });
});
