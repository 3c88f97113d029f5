import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { assertKeygripNotEmpty, assertKeyNotEmpty } from './empty-key.ts';
import { Sealer } from './seal.ts';

/** What a sealed text is for. A text that was sealed for one purpose does not open for another. */
export type Purpose = 'id' | 'session' | 'stand-in';

/**
 * What seals and signs with a list of texts. It never changes: a changed list gets another ring. A Keygrip of the same list
 * makes the same signatures (HMAC-SHA1, base64url), in nearly twice the time.
 */
export class KeyRing implements Signer {
  readonly keys: readonly string[];
  /** Node would prepare a text again for each signature. */
  readonly #prepared: readonly KeyObject[];
  /** To derive a key costs more than to seal. */
  readonly #sealers = new LRUCache<string, Sealer>({ max: 100 });

  /**
   * @param keys the newest first: it signs and seals, all of them verify and open
   * @throws {TypeError} when one of them is empty
   */
  constructor(keys: readonly string[]) {
    keys.forEach(assertKeyNotEmpty);
    this.keys = keys;
    this.#prepared = keys.map((key) => createSecretKey(Buffer.from(key)));
  }

  sign(data: string): string {
    return signatureOf(data, this.#prepared[0]);
  }

  /** Which of the keys made the signature: 0 is the newest, -1 means none. */
  index(data: string, signature: string): number {
    const given = Buffer.from(signature);
    return this.#prepared.findIndex((key) => isSame(Buffer.from(signatureOf(data, key)), given));
  }

  /** @param name that of the cookie */
  sealer(name: string, purpose: Purpose): Sealer {
    const id = `${purpose} ${name}`;
    const sealer = this.#sealers.get(id) ?? new Sealer(this.keys, { name, purpose });
    this.#sealers.set(id, sealer);
    return sealer;
  }
}

function signatureOf(data: string, key: KeyObject | undefined): string {
  return key ? createHmac('sha1', key).update(data).digest('base64url') : '';
}

/** A ring, or a Keygrip of any hash. */
export type Signer = { sign(data: string): string; index(data: string, signature: string): number };

/** Whether one of the signatures is right; `'stale'`: made with an older key. Keygrip verifies in four times this time. */
export function verify(signer: Signer, data: string, signatures: string[]): 'fresh' | 'stale' | undefined {
  const right = Buffer.from(signer.sign(data));
  if (signatures.some((given) => isSame(right, Buffer.from(given)))) return 'fresh';
  return signatures.some((given) => signer.index(data, given) >= 0) ? 'stale' : undefined;
}

function isSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

const rings = new WeakMap<object, KeyRing>();

/**
 * The ring of a list of texts. Other keys are only checked, and on each request: an app may empty a Buffer in place.
 * @throws {TypeError} when a key is empty
 */
export function ringOf(list: object | undefined): KeyRing | undefined {
  if (list && !Array.isArray(list)) assertKeygripNotEmpty(list);
  if (!Array.isArray(list)) return undefined;
  const known = rings.get(list);
  // An app may change its list while it runs. The ring's copy has no holes that `every` would skip.
  if (known?.keys.length === list.length && known.keys.every((key, at) => key === list[at])) return known;
  const keys: unknown[] = [...list];
  keys.forEach(assertKeyNotEmpty);
  if (!keys.every((key) => typeof key === 'string')) return undefined;
  const ring = new KeyRing(keys);
  rings.set(list, ring);
  return ring;
}

/** A list with at least one key, or a Keygrip. */
export function usable(keys: unknown): object | undefined {
  return Array.isArray(keys) && keys.length === 0 ? undefined : (keys as object) || undefined;
}
