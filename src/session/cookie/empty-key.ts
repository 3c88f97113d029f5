import { createHmac, getHashes, KeyObject } from 'node:crypto';

/** Prints a key: 32 random bytes as base64url. */
export const KEY_COMMAND = `node -p "crypto.randomBytes(32).toString('base64url')"`;

/**
 * Rejects an empty key, as from `'key,'.split(',')` or an unset variable: with it anyone could forge cookies.
 * @throws {TypeError} saying how to make a key, never showing one
 */
export function assertKeyNotEmpty(key: unknown): void {
  if (!isEmptyKey(key)) return;
  throw new TypeError(
    `session: one of the keys is ${key == null ? String(key) : 'empty'}, so anyone could forge session cookies. ` +
      `Give each key at least 32 random characters, made for example by: ${KEY_COMMAND}`,
  );
}

/** HMAC pads a key with zeros (RFC 2104 section 2): one of nothing but zeros is the empty one. */
export function isEmptyKey(key: unknown): boolean {
  if (typeof key === 'string') return /^[\s\0]*$/.test(key);
  if (key instanceof KeyObject) return key.symmetricKeySize === 0;
  if (ArrayBuffer.isView(key))
    return isEmptyKey(Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1'));
  if (key instanceof ArrayBuffer) return isEmptyKey(new Uint8Array(key));
  return key == null;
}

interface KeygripLike {
  verify(data: string, signature: string): boolean;
}

const checked = new WeakSet<object>();

/**
 * Rejects a Keygrip that has an empty key. It hides its keys, so this checks once whether it verifies what an empty key
 * signs.
 * @throws {TypeError} as {@link assertKeyNotEmpty} does
 */
export function assertKeygripKeysNotEmpty(keygrip: object): void {
  if (checked.has(keygrip) || typeof Reflect.get(Object(keygrip) as object, 'verify') !== 'function') return;
  for (const algorithm of getHashes()) {
    for (const encoding of ['base64url', 'hex'] as const) {
      if ((keygrip as KeygripLike).verify('', signatureOfEmptyKey(algorithm, encoding)))
        assertKeyNotEmpty('');
    }
  }
  checked.add(keygrip);
}

function signatureOfEmptyKey(algorithm: string, encoding: 'base64url' | 'hex'): string {
  try {
    return createHmac(algorithm, '').update('').digest(encoding);
  } catch {
    // Some hashes make no HMAC.
    return '';
  }
}
