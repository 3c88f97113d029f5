import Cookies from 'cookies';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveOptions } from '../resolve-options.ts';
import type { SessionOptions } from '../options.ts';
import { cookieLine } from './cookie-line.ts';

const options = fc.record<SessionOptions>(
  {
    key: fc.constantFrom('koa.sess', '__Host-sid', 'a'),
    httpOnly: fc.boolean(),
    sameSite: fc.constantFrom('strict' as const, 'lax' as const, true, false),
    path: fc.constantFrom('/', '/a', ''),
    priority: fc.constantFrom('low', 'medium', 'high'),
    partitioned: fc.boolean(),
  },
  { requiredKeys: ['key'] },
);

function byLibrary(
  name: string,
  value: string,
  endsAt: number | undefined,
  given: SessionOptions,
  isSecure: boolean,
) {
  const { httpOnly, sameSite, path, priority, partitioned } = resolveOptions(given);
  const cookie = new Cookies.Cookie(name, value, {
    httpOnly,
    sameSite,
    priority,
    partitioned,
    expires: endsAt === undefined ? undefined : new Date(endsAt),
    ...(path !== undefined && { path }),
  });
  cookie.secure = isSecure;
  return cookie.toHeader();
}

describe('the line of a cookie', () => {
  it('is the one that the cookie library writes, whatever the options and times', () => {
    const value = fc.stringMatching(/^[\w.+/=-]{1,60}$/);
    const time = fc.option(fc.integer({ min: 1, max: 8e15 }), { nil: undefined });
    fc.assert(
      fc.property(
        options,
        value,
        fc.array(time, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (given, text, times, isSecure) => {
          fc.pre(!(given.key === '__Host-sid' && given.path !== undefined && given.path !== '/'));
          const resolved = resolveOptions(given);
          for (const endsAt of times) {
            for (const name of [resolved.key, `${resolved.key}.sig`]) {
              const line = cookieLine(name, text, endsAt, resolved, isSecure);
              expect(line).toBe(byLibrary(name, text, endsAt, given, isSecure));
            }
          }
        },
      ),
    );
  });

  it('follows a copy of the options that a handler goes on changing', () => {
    const own = { ...resolveOptions({ path: '/a' }) };
    expect(cookieLine('a', 'b', undefined, own, false)).toBe('a=b; path=/a; httponly');
    own.path = '/b';
    own.httpOnly = false;
    expect(cookieLine('a', 'b', undefined, own, false)).toBe('a=b; path=/b');
  });

  it('takes a value that the library takes, and throws what it throws for others', () => {
    const resolved = resolveOptions({});
    expect(cookieLine('a', '{"b":1, "c":"ü"}', undefined, resolved, false)).toMatch(
      /^a={"b":1, "c":"ü"}; path/,
    );
    for (const value of ['a;b', 'a\nb', '漢']) {
      expect(() => cookieLine('a', value, undefined, resolved, false)).toThrow(
        new TypeError('argument value is invalid'),
      );
    }
  });
});
