import { describe, expect, it } from 'vitest';
import { CookieTooLargeError, LARGEST_COOKIE, oversizeOf } from './size.ts';

function failure(name: string, value: string, data: object): CookieTooLargeError {
  const error = oversizeOf(name, value, data);
  if (!error) throw new Error('It fits.');
  return error;
}

const TOO_LARGE = 'x'.repeat(LARGEST_COOKIE);

describe('a cookie', () => {
  it('fits with 4096 bytes of name and value, and not with one more', () => {
    expect(oversizeOf('sid', 'x'.repeat(4093), {})).toBeUndefined();
    expect(oversizeOf('sid', 'x'.repeat(4094), {})).toBeInstanceOf(CookieTooLargeError);
  });

  it('is measured in bytes, not in characters', () => {
    expect(oversizeOf('sid', 'ü'.repeat(2046), {})).toBeUndefined();
    expect(oversizeOf('sid', 'ü'.repeat(2047), {})).toBeInstanceOf(CookieTooLargeError);
    expect(oversizeOf('ü'.repeat(2047), 'sid', {})).toBeInstanceOf(CookieTooLargeError);
  });
});

describe('the error', () => {
  it('says how many bytes, the limit, what browsers do and what to do, and has a code', () => {
    const error = failure('sid', TOO_LARGE, { gone: undefined });
    expect(error).toMatchObject({ name: 'CookieTooLargeError', code: 'ERR_SESSION_COOKIE_TOO_LARGE' });
    expect(error.message).toMatch(
      /^session: the cookie 'sid' has 4099 bytes .* more than 4096 without a word.* Keep less .* a store\.$/,
    );
    expect(error.message).not.toContain('Largest');
  });

  it('names the three largest keys with their bytes of JSON, and no value', () => {
    const data = { tiny: 1, name: 'secret', list: ['ü'], cart: { item: 'hidden' }, gone: undefined };
    const { message } = failure('sid', TOO_LARGE, data);
    expect(message).toContain(
      'Largest in its JSON: "cart" (24 bytes), "name" (15 bytes), "list" (13 bytes).',
    );
    expect(message).not.toMatch(/secret|hidden|ü|tiny|gone/);
  });

  it('shortens long keys, escapes odd ones and knows __proto__', () => {
    const data = JSON.parse(
      `{ "${'k'.repeat(5000)}": 1, "line\\n": "xxxxxxxxxx", "__proto__": 1 }`,
    ) as object;
    expect(failure('sid', TOO_LARGE, data).message).toContain(
      `"${'k'.repeat(40)}…" (5004 bytes), "line\\n" (21 bytes), "__proto__" (13 bytes).`,
    );
  });
});
