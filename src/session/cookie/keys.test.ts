import fc from 'fast-check';
import Keygrip from 'keygrip';
import { describe, expect, it } from 'vitest';
import { KeyRing, verify } from './keys.ts';

const KEYS = ['newest', 'older', 'oldest'];
const keygrip = new Keygrip(KEYS);
const ring = new KeyRing(KEYS);

it.each([63, 64, 65, 4999, 5000, 5001])('a ring signs %i characters as Keygrip does', (length) => {
  const texts = ['k', 'ü', '€'].map((one) => one.repeat(length));
  for (const key of texts) {
    const [ours, theirs] = [new KeyRing([key]), new Keygrip([key])];
    for (const data of [...texts, 'short', '']) expect(ours.sign(data)).toBe(theirs.sign(data));
  }
});

describe('a signature', () => {
  it('is right exactly when Keygrip says so', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (data, other) => {
        for (const signer of [ring, keygrip]) {
          expect(verify(signer, data, [keygrip.sign(data)])).toBe('fresh');
          expect(verify(signer, data, [new Keygrip(['older']).sign(data)])).toBe('stale');
          expect(verify(signer, data, [other])).toBe(keygrip.verify(data, other) ? 'stale' : undefined);
        }
      }),
    );
  });

  it.each([
    ['newest', 'fresh'],
    ['older', 'stale'],
    ['oldest', 'stale'],
  ])('of the key %j is %s', (key, age) => {
    expect(verify(keygrip, 'data', [new Keygrip([key]).sign('data')])).toBe(age);
  });

  it.each(['k', 'k'.repeat(1000), 'ü'])('may have a key of any length', (key) => {
    expect(verify(new Keygrip([key]), 'data', [new Keygrip([key]).sign('data')])).toBe('fresh');
  });

  it('of another key, of other data, cut off or longer is none', () => {
    const signature = keygrip.sign('data');
    const others = [
      new Keygrip(['foreign']).sign('data'),
      keygrip.sign('date'),
      signature.slice(1),
      `${signature}A`,
      `${signature.slice(0, -1)}${signature.endsWith('A') ? 'B' : 'A'}`,
      '',
      'ü'.repeat(27),
    ];
    for (const other of others) expect(verify(keygrip, 'data', [other])).toBeUndefined();
    expect(verify(keygrip, 'data', others)).toBeUndefined();
  });

  it('is found among wrong ones; one of the newest key counts before one of an older', () => {
    const [newest, older] = [keygrip.sign('data'), new Keygrip(['older']).sign('data')];
    expect(verify(keygrip, 'data', ['wrong', older])).toBe('stale');
    expect(verify(keygrip, 'data', [older, 'wrong', newest])).toBe('fresh');
  });
});
