import { expect, it } from 'vitest';
import { decodeCookie, encodeCookie } from './cookie-lines.ts';

it("writes base64 of JSON, byte for byte as koa-session's", () => {
  expect(encodeCookie({ views: 1, _session: true })).toBe('eyJ2aWV3cyI6MSwiX3Nlc3Npb24iOnRydWV9');
});

it('keeps characters beyond ASCII', () => {
  const record = { name: 'Zoë 🍪 \u0000' };
  expect(encodeCookie(record)).toMatch(/^[A-Za-z0-9+/=]+$/);
  expect(decodeCookie(encodeCookie(record))).toEqual(record);
});

it.each(['', 'nonsense', 'ÿþ', '{"a":1}'])('throws a SyntaxError for %o, which is not ours', (text) => {
  expect(() => decodeCookie(text)).toThrow(SyntaxError);
});
