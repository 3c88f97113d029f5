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

/** HMAC pads a key with zeros (RFC 2104, section 2), so zeros alone are as good as an empty key. */
export function isEmptyKey(key: unknown): boolean {
  if (typeof key === 'string') return /^[\s\0]*$/.test(key);
  if (key instanceof KeyObject) return key.symmetricKeySize === 0;
  if (key instanceof ArrayBuffer) return isEmptyKey(new Uint8Array(key));
  if (!ArrayBuffer.isView(key)) return key == null;
  return isEmptyKey(Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1'));
}

const checked = new WeakSet<object>();

/**
 * Rejects a Keygrip that has an empty key. It hides its keys, so this checks once whether it verifies what an empty key
 * signs.
 * @throws {TypeError} as {@link assertKeyNotEmpty} does
 */
export function assertKeygripNotEmpty(keygrip: { verify?(data: string, signature: string): boolean }): void {
  if (checked.has(keygrip) || typeof keygrip.verify !== 'function') return;
  const signatures = getHashes().flatMap(signaturesOfEmptyKey);
  if (signatures.some((signature) => keygrip.verify?.('', signature))) assertKeyNotEmpty('');
  checked.add(keygrip);
}

/** Those that a Keygrip of this hash makes for an empty text, in its usual encodings. */
function signaturesOfEmptyKey(hash: string): string[] {
  try {
    const hmac = createHmac(hash, '').digest();
    return [hmac.toString('base64url'), hmac.toString('hex')];
  } catch {
    // Some hashes make no HMAC.
    return [];
  }
}
