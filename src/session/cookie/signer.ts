import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { assertKeyNotEmpty } from './empty-key.ts';

/**
 * Signs and checks as Keygrip does where it is given nothing but keys (HMAC-SHA1, base64url), so that either can read what
 * the other has signed. Keygrip itself compares by two more HMACs with a key that it draws for each, and so takes ten
 * times as long to check a cookie.
 */
export class Signer {
  /** Prepared, since a key that is text is prepared anew for each signature. */
  readonly #keys: readonly KeyObject[];

  /**
   * @param keys the newest first: it signs, all verify
   * @throws {TypeError} when one of them is empty
   */
  constructor(keys: readonly string[]) {
    this.#keys = keys.map(secretOf);
  }

  sign(data: string): string {
    const [newest] = this.#keys;
    return newest ? signature(data, newest) : '';
  }

  /** Which of the keys has made the signature, the newest being 0; -1: none. */
  index(data: string, signed: string): number {
    return this.#keys.findIndex((key) => isSame(signature(data, key), signed));
  }
}

function secretOf(key: string): KeyObject {
  assertKeyNotEmpty(key);
  return createSecretKey(Buffer.from(key));
}

function signature(data: string, key: KeyObject): string {
  return createHmac('sha1', key).update(data).digest('base64url');
}

/** Takes the same time wherever two of the same length differ. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
