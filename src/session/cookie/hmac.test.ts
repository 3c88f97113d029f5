import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Hmac } from './hmac.ts';

describe.each(['sha1', 'sha256'] as const)('an HMAC of %s', (algorithm) => {
  const expected = (key: string, text: string): string =>
    createHmac(algorithm, key).update(text).digest('base64url');

  it('is the one that Node makes, for any key and text', () => {
    const text = fc.string({ unit: 'binary', maxLength: 300 });
    fc.assert(
      fc.property(text, fc.array(text, { minLength: 1, maxLength: 3 }), (key, texts) => {
        const hmac = new Hmac(algorithm, key);
        // One after the other, since they share what they are made in.
        for (const one of texts) expect(hmac.of(one, 'base64url')).toBe(expected(key, one));
      }),
    );
  });

  it.each([0, 1, 63, 64, 65, 1000])('is right with a key of %d characters', (length) => {
    const key = 'k'.repeat(length);
    expect(new Hmac(algorithm, key).of('text', 'base64url')).toBe(expected(key, 'text'));
  });

  it.each(['a', 'ü', '漢'])('is right for texts of %s around the size of its room', (character) => {
    const hmac = new Hmac(algorithm, 'key');
    for (const length of [5460, 5461, 5462, 16_383, 16_384, 16_385, 100_000]) {
      const text = character.repeat(length);
      expect(hmac.of(text, 'base64url')).toBe(expected('key', text));
    }
  });
});
