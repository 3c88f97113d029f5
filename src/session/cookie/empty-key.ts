import { createHmac } from 'node:crypto';

/** Prints a key: 32 random bytes as base64url. */
export const KEY_COMMAND = `node -p "crypto.randomBytes(32).toString('base64url')"`;

/**
 * Refuses a key that anybody can guess, since it is empty: of `'key,'.split(',')`, or of a variable that is not set.
 * @throws {TypeError} saying how to make a key, never showing one
 */
export function refuseEmptyKey(key: unknown): void {
  if (typeof key === 'string' ? key.trim() !== '' : key != null && !isEmptyBytes(key)) return;
  throw new TypeError(
    `session: one of the keys is ${key == null ? String(key) : 'empty'}, so anybody could make a cookie that it accepts. ` +
      `Give each key at least 32 random characters, made for example by: ${KEY_COMMAND}`,
  );
}

function isEmptyBytes(key: unknown): boolean {
  return key instanceof Uint8Array && key.length === 0;
}

/** What a Keygrip answers to. */
interface Verifies {
  verify(data: string, signature: string): boolean;
}

const checked = new WeakSet<object>();

/**
 * Refuses a Keygrip that has an empty key. It hides its keys, so it is asked, once, whether it accepts what an empty one signs.
 * @throws {TypeError} as {@link refuseEmptyKey} does
 */
export function refuseKeygripOfEmptyKey(keygrip: object): void {
  if (checked.has(keygrip) || typeof Reflect.get(keygrip, 'verify') !== 'function') return;
  const asked = keygrip as Verifies;
  for (const algorithm of ['sha1', 'sha256', 'sha384', 'sha512']) {
    const signature = createHmac(algorithm, '').update('').digest('base64url');
    if (asked.verify('', signature)) refuseEmptyKey('');
  }
  checked.add(keygrip);
}
