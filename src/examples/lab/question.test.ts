import { describe, expect, it } from 'vitest';
import { addressProblem, composeLine, fieldsOf, otherSite } from './question.ts';

describe('the form of a line', () => {
  it.each([
    [
      'every attribute that has a field',
      'lab=a=b; Path=/app; Domain=example.org; Max-Age=60; Expires=soon; SameSite=Lax; Secure; HttpOnly; Partitioned',
    ],
    ['only a name', 'lab='],
    ['the last of an attribute that occurs twice, in any case', 'lab=1; path=/a; PATH=/b; secure'],
  ])('has %s, and makes the same line again', (_what, line) => {
    const made = line.replace('path=/a; PATH=/b; secure', 'Path=/b; Secure');
    expect(composeLine(fieldsOf(line))).toBe(made);
  });
});

describe('the other site of an origin', () => {
  it.each([
    ['http://localhost:3000', 'http://127.0.0.1:3000'],
    ['http://127.0.0.1:3000', 'http://localhost:3000'],
    ['https://localhost', 'https://127.0.0.1'],
    ['http://app.test:3000', undefined],
    ['https://example.org', undefined],
    ['http://[::1]:3000', undefined],
    ['http://', undefined],
    ['nonsense', undefined],
  ])('of %s is %s', (origin, other) => {
    expect(otherSite(origin)).toBe(other);
  });
});

describe('an address', () => {
  const longest = `https://example.com/${'x'.repeat(1980)}`;

  it.each<[address: string, problem: string | undefined]>([
    ['https://example.com/account', undefined],
    ['http://localhost:3000', undefined],
    [longest, undefined],
    [`${longest}x`, 'The address has 2001 characters, and the lab takes 2000 at most. Shorten it.'],
  ])('%.40j has the problem %j', (address, problem) => {
    expect(addressProblem(address)).toBe(problem);
  });

  it.each(['', 'example.com', 'ftp://example.com', 'javascript:alert(1)', '/account'])(
    '%j is not one',
    (address) => {
      expect(addressProblem(address)).toContain(`"${address}" is not the address of a web page.`);
    },
  );
});
