import { expect, it } from 'vitest';
import { fingerprint, generateSessionId } from './session-id.ts';

it('makes an id of a tag, a hyphen and 24 bytes as base64url', () => {
  const id = generateSessionId();
  expect(id).toMatch(/^sid-[\w-]{32}$/);
  expect(Buffer.from(id.slice('sid-'.length), 'base64url')).toHaveLength(24);
});

it('puts the prefix before the tag', () => {
  expect(generateSessionId('app:')).toMatch(/^app:sid-[\w-]{32}$/);
});

it('never makes the same id twice', () => {
  const ids = Array.from({ length: 10_000 }, () => generateSessionId());
  expect(new Set(ids).size).toBe(ids.length);
});

it('labels a secret with the 8 hex digits of its CRC32', () => {
  expect(fingerprint('123456789')).toBe('cbf43926');
  expect(fingerprint('sid-a')).not.toBe(fingerprint('sid-b'));
});

it('pads short labels to 8 digits', () => {
  expect(fingerprint('')).toBe('00000000');
});
