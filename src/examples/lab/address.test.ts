import { describe, expect, it } from 'vitest';
import { addressProblem, otherSite } from './address.ts';

describe('otherSite', () => {
  it.each([
    ['http://localhost:3000', 'http://127.0.0.1:3000'],
    ['http://127.0.0.1:3000', 'http://localhost:3000'],
    ['https://localhost', 'https://127.0.0.1'],
  ])('of %s is %s', (origin, other) => {
    expect(otherSite(origin)).toBe(other);
  });

  it.each(['http://app.test:3000', 'https://example.org', 'http://[::1]:3000', 'http://', 'nonsense'])(
    'of %s there is none',
    (origin) => {
      expect(otherSite(origin)).toBeUndefined();
    },
  );
});

describe('addressProblem', () => {
  it('takes addresses of web pages', () => {
    expect(addressProblem('https://example.com/account')).toBeUndefined();
    expect(addressProblem('http://localhost:3000')).toBeUndefined();
  });

  it('takes an address of 2,000 characters and no more', () => {
    const longest = `https://example.com/${'x'.repeat(1980)}`;
    expect(addressProblem(longest)).toBeUndefined();
    expect(addressProblem(`${longest}x`)).toBe(
      'The address has 2001 characters, and 2000 are taken at most. Shorten it.',
    );
  });

  it.each(['', 'example.com', 'ftp://example.com', 'javascript:alert(1)', '/account'])(
    'says what is wrong with "%s"',
    (address) => {
      expect(addressProblem(address)).toContain(`"${address}" is no address`);
    },
  );
});
