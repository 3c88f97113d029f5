import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Context } from 'koa';
import { LRUCache } from 'lru-cache';
import { assertKeygripNotEmpty, assertKeyNotEmpty, KEY_COMMAND } from './empty-key.ts';
import type { CookieOptions } from './options.ts';
import { Sealer } from './seal.ts';

/** What a sealed text is for. A text that was sealed for one purpose does not open for another. */
export type Purpose = 'id' | 'session' | 'stand-in';

/**
 * What is derived from a list of texts. It never changes: a changed list gets another ring.
 *
 * It signs and verifies as a Keygrip of the same list does (HMAC-SHA1, base64url), so each accepts the other's
 * signatures. Keygrip takes ten times as long to verify: it makes two more HMACs, with a new random key each time.
 */
export class KeyRing {
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
    const [newest] = this.#prepared;
    return newest ? signatureOf(data, newest) : '';
  }

  /** Which of the keys made the signature: 0 is the newest, -1 means none. */
  index(data: string, signature: string): number {
    const given = Buffer.from(signature);
    return this.#prepared.findIndex((key) => {
      const right = Buffer.from(signatureOf(data, key));
      return right.length === given.length && timingSafeEqual(right, given);
    });
  }

  /** @param name that of the cookie */
  sealer(name: string, purpose: Purpose): Sealer {
    const id = `${purpose} ${name}`;
    const sealer = this.#sealers.get(id) ?? new Sealer(this.keys, { name, purpose });
    this.#sealers.set(id, sealer);
    return sealer;
  }
}

function signatureOf(data: string, key: KeyObject): string {
  return createHmac('sha1', key).update(data).digest('base64url');
}

const rings = new WeakMap<object, KeyRing>();

/**
 * The ring of a list of texts. Other keys are only checked, and on each request: an app may empty a Buffer in place.
 * @throws {TypeError} when a key is empty
 */
export function ringOf(ctx: Context, options: CookieOptions): KeyRing | undefined {
  const list = keysOf(ctx, options);
  if (!Array.isArray(list)) {
    if (list) assertKeygripNotEmpty(list);
    return undefined;
  }
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

/** @throws {TypeError} when the keys are not a list of texts: a Keygrip signs and cannot seal */
export function sealerOf(ctx: Context, options: CookieOptions, purpose: Purpose): Sealer {
  const ring = ringOf(ctx, options);
  if (ring) return ring.sealer(options.key, purpose);
  throw new TypeError(
    `session: to seal the cookie '${options.key}' the keys themselves are needed, as a list of strings: ` +
      "set app.keys = ['…'] or the option keys, not a Keygrip",
  );
}

/** Whether the cookie can be sent: there are keys, or it needs none. */
export function hasKeys(ctx: Context, options: CookieOptions): boolean {
  const { signed, encrypt, onStoreError } = options;
  return !(signed || encrypt || onStoreError === 'cookie') || keysOf(ctx, options) !== undefined;
}

/** @throws {Error} saying what to set, when the cookie is signed or sealed and a key is missing or empty */
export function requireKeys(ctx: Context, options: CookieOptions): void {
  const { key, signed, encrypt, onStoreError } = options;
  if (!hasKeys(ctx, options)) {
    throw new Error(
      `session: the cookie '${key}' is ${encrypt ? 'sealed' : 'signed'}, but there are no keys. Set ` +
        `app.keys = ['…'] (or the option keys) to at least 32 random characters, made for example by: ${KEY_COMMAND}`,
    );
  }
  // Better now than in an outage.
  if (onStoreError === 'cookie') sealerOf(ctx, options, 'stand-in');
  else if (signed || encrypt) ringOf(ctx, options);
}

/** A list with at least one key, or a Keygrip. */
function keysOf({ app }: Context, { keys }: CookieOptions): object | undefined {
  const given: object | null | undefined = keys ?? app.keys;
  return Array.isArray(given) && given.length === 0 ? undefined : given || undefined;
}
