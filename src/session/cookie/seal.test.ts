import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Sealer, Xaes256Gcm } from './seal.ts';

const KEY = 'a key of thirty-two characters..';
const CONTEXT = { name: 'sid', purpose: 'session' };

function sealerWith(...keys: string[]): Sealer {
  return new Sealer(keys, CONTEXT);
}

const sealer = sealerWith(KEY);
const cookie = sealer.seal('{"a":1}');
const cookieBytes = Buffer.from(cookie.slice(3), 'base64url');

function encoded(bytes: Buffer): string {
  return `v1.${bytes.toString('base64url')}`;
}

function withFlippedBit(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return copy;
}

function bitsOf(bytes: Buffer): number[] {
  return Array.from({ length: bytes.length * 8 }, (_, bit) => bit);
}

describe('a sealed text', () => {
  it('opens again', () => {
    expect(sealer.open(cookie)).toEqual({ text: '{"a":1}', needsReseal: false });
  });

  it('opens again, whatever Unicode it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 1000 }), (text) => {
        expect(sealer.open(sealer.seal(text))).toEqual({ text, needsReseal: false });
      }),
    );
  });

  it('begins with its version, is a valid cookie value, and shows nothing of the text', () => {
    expect(cookie).toMatch(/^v1\.[\w-]+$/);
    expect(cookieBytes.includes('"a"')).toBe(false);
  });

  it('looks different each time', () => {
    const all = Array.from({ length: 1000 }, () => sealer.seal('the same'));
    expect(new Set(all.map((value) => value.slice(0, 35))).size).toBe(1000);
    expect(new Set(all.map((value) => value.slice(35))).size).toBe(1000);
  });

  it('opens in every release that knows the format', () => {
    const earlier = 'v1.PGFKkWTEgPLMuBlxF2iyJLBCIV7xOY-zV7r4tbcX2jOPtFP5xQ99a2J9B6kZQ2E';
    expect(sealer.open(earlier)).toEqual({ text: '{"a":1}', needsReseal: false });
  });
});

describe('refused is', () => {
  it('a flip of any single bit', () => {
    for (const bit of bitsOf(cookieBytes)) {
      expect(sealer.open(encoded(withFlippedBit(cookieBytes, bit)))).toBeUndefined();
    }
    const characters = Buffer.from(cookie, 'latin1');
    for (const bit of bitsOf(characters)) {
      expect(sealer.open(withFlippedBit(characters, bit).toString('latin1'))).toBeUndefined();
    }
  });

  it('every truncation, at either end', () => {
    for (let length = 0; length < cookie.length; length++) {
      expect(sealer.open(cookie.slice(0, length))).toBeUndefined();
      expect(sealer.open(cookie.slice(cookie.length - length))).toBeUndefined();
    }
    for (let length = 0; length < cookieBytes.length; length++) {
      expect(sealer.open(encoded(cookieBytes.subarray(0, length)))).toBeUndefined();
      expect(sealer.open(encoded(cookieBytes.subarray(cookieBytes.length - length)))).toBeUndefined();
    }
  });

  it('any other spelling of the same bytes', () => {
    // Of all lengths modulo 3: the last character has 4, 2 or no unused bits.
    for (const text of ['', 'a', 'ab']) {
      const value = sealer.seal(text);
      const bytes = Buffer.from(value.slice(3), 'base64url');
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= \n.';
      const others = [
        ...alphabet.split('').flatMap((last) => [value + last, value.slice(0, -1) + last]),
        ...['=', '==', ' ', '\n', '%'].flatMap((extra) => [value + extra, `v1.${extra}${value.slice(3)}`]),
        `${value.slice(0, 20)} ${value.slice(20)}`,
        `${value}!ignored`,
        `v1.${bytes.toString('base64')}=`,
        `v1.${bytes.toString('hex')}`,
      ].filter((other) => other !== value);
      for (const other of others) expect(sealer.open(other)).toBeUndefined();
    }
    const plus = Array.from({ length: 50 }, () => sealer.seal('x')).filter((value) => /[-_]/.test(value));
    expect(plus.length).toBeGreaterThan(0);
    for (const value of plus) {
      expect(sealer.open(value.replaceAll('-', '+').replaceAll('_', '/'))).toBeUndefined();
    }
  });

  it('another version, since it is authenticated too', () => {
    for (const version of ['', 'v2.', 'V1.', 'v1', ' v1.', 'v1..']) {
      expect(sealer.open(version + cookie.slice(3))).toBeUndefined();
    }
  });

  it.each<[string, string[], { name: string; purpose: string }]>([
    ['key', ['another'], CONTEXT],
    ['name', [KEY], { ...CONTEXT, name: 'sid2' }],
    ['purpose', [KEY], { ...CONTEXT, purpose: 'id' }],
    ['split of purpose and name', [KEY], { name: '","sid', purpose: 'session' }],
    ['order of purpose and name', [KEY], { name: 'session', purpose: 'sid' }],
  ])('what was sealed with another %s', (_what, keys, context) => {
    const other = new Sealer(keys, context);
    expect(other.open(other.seal('x'))?.text).toBe('x');
    expect(other.open(cookie)).toBeUndefined();
    expect(sealer.open(other.seal('x'))).toBeUndefined();
  });

  it('anything else that a client sends, without an exception', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'binary' }).map((text) => `v1.${text}`),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => encoded(Buffer.from(bytes))),
    );
    fc.assert(
      fc.property(anything, (value) => {
        expect(sealer.open(value)).toBeUndefined();
      }),
    );
    expect(sealer.open('\ud800')).toBeUndefined();
  });

  it('a value longer than 8192 characters, even if it is sealed correctly', () => {
    // 3 characters of version, and 4 for each 3 bytes of nonce, text and tag.
    const bytes = Math.floor(((8192 - 3) * 3) / 4) - 24 - 16;
    const [longest, tooLong] = [sealer.seal('x'.repeat(bytes)), sealer.seal('x'.repeat(bytes + 1))];
    expect([longest.length, tooLong.length]).toEqual([8191, 8193]);
    expect(sealer.open(longest)?.text).toHaveLength(bytes);
    expect(sealer.open(tooLong)).toBeUndefined();
    expect(sealer.open(`v1.${'A'.repeat(50_000_000)}`)).toBeUndefined();
  });
});

describe('a change of keys', () => {
  it('opens old cookies, as stale, until their key is removed', () => {
    expect(sealerWith('new', 'newer than old', KEY).open(cookie)).toEqual({
      text: '{"a":1}',
      needsReseal: true,
    });
    expect(sealerWith('new', 'newer than old').open(cookie)).toBeUndefined();
  });

  it('seals with the newest', () => {
    const value = sealerWith('new', KEY).seal('x');
    expect(sealerWith('new').open(value)).toEqual({ text: 'x', needsReseal: false });
    expect(sealer.open(value)).toBeUndefined();
  });

  it('with a key listed twice keeps its cookies fresh', () => {
    expect(sealerWith(KEY, 'other', KEY).open(cookie)).toEqual({ text: '{"a":1}', needsReseal: false });
  });
});

describe('keys', () => {
  it('may be any text', () => {
    for (const key of ['k', 'ü🍪', 'x'.repeat(10_000), '\0k']) {
      const one = sealerWith(key);
      expect(one.open(one.seal('x'))?.text).toBe('x');
    }
  });

  it('must be there', () => {
    expect(() => sealerWith()).toThrow(/at least one key/);
  });
});

describe('XAES-256-GCM', () => {
  const nonce = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWX');

  it.each([
    [1, '', 'ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271'],
    [3, 'c2sp.org/XAES-256-GCM', '986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d'],
  ])('gives the results of its specification (key of %ds, additional %j)', (byte, additional, expected) => {
    const cipher = new Xaes256Gcm(Buffer.alloc(32, byte));
    const sealed = cipher.seal('XAES-256-GCM', nonce, Buffer.from(additional));
    expect(sealed.subarray(0, 24)).toEqual(nonce);
    expect(sealed.subarray(24).toString('hex')).toBe(expected);
    expect(cipher.open(sealed, Buffer.from(additional))?.toString()).toBe('XAES-256-GCM');
    expect(cipher.open(sealed, Buffer.from(`${additional}x`))).toBeUndefined();
  });

  it('gives the accumulated result of its specification over 10 000 messages', () => {
    const random = createHash('shake128', { outputLength: 10_000 * 570 }).digest();
    let used = 0;
    const draw = (bytes: number): Buffer => random.subarray(used, (used += bytes));
    const drawSome = (): Buffer => draw(draw(1).readUInt8());
    const result = createHash('shake128', { outputLength: 32 });
    for (let round = 0; round < 10_000; round++) {
      const cipher = new Xaes256Gcm(draw(32));
      const drawn = draw(24);
      const plaintext = drawSome();
      const additional = drawSome();
      const sealed = cipher.seal(plaintext, drawn, additional);
      result.update(sealed.subarray(24));
      if (!cipher.open(sealed, additional)?.equals(plaintext)) throw new Error('It does not open.');
    }
    expect(result.digest('hex')).toBe('e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939');
  });
});
