import fc from 'fast-check';
import Keygrip from 'keygrip';
import { describe, expect, it } from 'vitest';
import { KeyRing } from './keys.ts';

const KEYS = ['newest', 'older', 'oldest'];
const ring = new KeyRing(KEYS);
const keygrip = new Keygrip(KEYS);

describe('a signature', () => {
  it('is the one that Keygrip makes, and each reads those of the other', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (data) => {
        expect(ring.sign(data)).toBe(keygrip.sign(data));
        expect(ring.index(data, keygrip.sign(data))).toBe(0);
        expect(keygrip.verify(data, ring.sign(data))).toBe(true);
      }),
    );
  });

  it.each(KEYS.map((key, at) => [key, at] as const))(
    'of the key %j is known as that of number %d',
    (key, at) => {
      expect(ring.index('data', new KeyRing([key]).sign('data'))).toBe(at);
    },
  );

  it('may have a key of any length', () => {
    for (const key of ['k', 'k'.repeat(1000), 'ü']) {
      expect(new KeyRing([key]).sign('data')).toBe(new Keygrip([key]).sign('data'));
    }
  });

  it('of another key, of other data, cut off or longer is none', () => {
    const signature = ring.sign('data');
    const others = [
      new KeyRing(['foreign']).sign('data'),
      ring.sign('date'),
      signature.slice(1),
      `${signature}A`,
      `${signature.slice(0, -1)}${signature.endsWith('A') ? 'B' : 'A'}`,
      '',
      'ü'.repeat(27),
    ];
    expect(others.map((other) => ring.index('data', other))).toEqual(others.map(() => -1));
  });
});
