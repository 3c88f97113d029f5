import { createHmac } from 'node:crypto';

/** Prints a key: 32 random bytes as base64url. */
export const KEY_COMMAND = `node -p "crypto.randomBytes(32).toString('base64url')"`;

/**
 * Rejects an empty key, as from `'key,'.split(',')` or an unset variable: with it anyone could forge cookies.
 * @throws {TypeError} saying how to make a key, never showing one
 */
export function assertKeyNotEmpty(key: unknown): void {
  if (typeof key === 'string' ? key.trim() !== '' : key != null && !isEmptyBytes(key)) return;
  throw new TypeError(
    `session: one of the keys is ${key == null ? String(key) : 'empty'}, so anyone could forge session cookies. ` +
      `Give each key at least 32 random characters, made for example by: ${KEY_COMMAND}`,
  );
}

function isEmptyBytes(key: unknown): boolean {
  return key instanceof Uint8Array && key.length === 0;
}

interface KeygripLike {
  verify(data: string, signature: string): boolean;
}

const checked = new WeakSet<object>();

/**
 * Rejects a Keygrip that has an empty key. It hides its keys, so this checks once whether it verifies what an empty key signs.
 * @throws {TypeError} as {@link assertKeyNotEmpty} does
 */
export function assertKeygripKeysNotEmpty(keygrip: object): void {
  if (checked.has(keygrip) || typeof Reflect.get(keygrip, 'verify') !== 'function') return;
  const asked = keygrip as KeygripLike;
  for (const algorithm of ['sha1', 'sha256', 'sha384', 'sha512']) {
    const signature = createHmac(algorithm, '').update('').digest('base64url');
    if (asked.verify('', signature)) assertKeyNotEmpty('');
  }
  checked.add(keygrip);
}
