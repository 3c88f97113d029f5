import { createHmac, getHashes, hash, KeyObject, timingSafeEqual } from 'node:crypto';
import { Sealer } from './seal.ts';

/** A command that prints a key: 32 random bytes as base64url. */
export const KEY_COMMAND = `node -p "crypto.randomBytes(32).toString('base64url')"`;

/**
 * Rejects an empty key, as from `'key,'.split(',')` or an unset variable: with it anyone could forge cookies.
 * @throws {TypeError} with a message that says how to make a key and never shows one
 */
function assertKeyNotEmpty(key: unknown): void {
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
 * Rejects a Keygrip that has an empty key. A Keygrip hides its keys, so this checks, once, whether it verifies a
 * signature by an empty key.
 * @throws {TypeError} as {@link assertKeyNotEmpty} does
 */
function assertKeygripNotEmpty(keygrip: { verify?(data: string, signature: string): boolean }): void {
  if (checked.has(keygrip) || typeof keygrip.verify !== 'function') return;
  const signatures = getHashes().flatMap(signaturesOfEmptyKey);
  if (signatures.some((signature) => keygrip.verify?.('', signature))) assertKeyNotEmpty('');
  checked.add(keygrip);
}

/** The signatures of an empty text by an empty key with this hash, in the usual encodings of Keygrip. */
function signaturesOfEmptyKey(hash: string): string[] {
  try {
    const hmac = createHmac(hash, '').digest();
    return [hmac.toString('base64url'), hmac.toString('hex')];
  } catch {
    // Some hashes cannot be used for an HMAC.
    return [];
  }
}

/** What a sealed text is for. A text sealed for one purpose does not open for another. */
export type Purpose = 'id' | 'session' | 'stand-in';

/**
 * Signs and seals with a list of keys. It never changes: a changed list gets another ring. A Keygrip makes the same
 * signatures (HMAC-SHA1, base64url), in nearly twice the time.
 */
export class KeyRing implements Signer {
  readonly keys: readonly string[];
  readonly #hmacs: readonly ((data: string) => string)[];
  /** Kept, since to derive a key costs more than to seal a text. */
  readonly #sealers = new Map<string, Sealer>();

  /** @param keys the newest first: it signs and seals, all of them verify and open. No key is empty */
  constructor(keys: readonly string[]) {
    this.keys = keys;
    this.#hmacs = keys.map(hmacWith);
  }

  sign(data: string): string {
    return this.#hmacs[0]?.(data) ?? '';
  }

  /** The index of the key that made the signature: 0 is the newest, -1 means that no key did. */
  index(data: string, signature: string): number {
    const given = Buffer.from(signature);
    return this.#hmacs.findIndex((hmac) => isSame(Buffer.from(hmac(data)), given));
  }

  /** @param name of the cookie */
  sealer(name: string, purpose: Purpose): Sealer {
    const id = `${purpose} ${name}`;
    let sealer = this.#sealers.get(id);
    if (!sealer) this.#sealers.set(id, (sealer = new Sealer(this.keys, { name, purpose })));
    return sealer;
  }
}

/** The block size of SHA-1, in bytes. */
const BLOCK = 64;
/** In characters: more than any cookie that browsers keep. */
const LONGEST = 5000;

/**
 * Signs by HMAC-SHA1 (RFC 2104, 2): two hashes, over pads that are made from the key once. Node's own HMAC creates an
 * object for each message, which takes nearly twice the time and must be garbage-collected.
 */
function hmacWith(key: string): (data: string) => string {
  const bytes = Buffer.byteLength(key) > BLOCK ? hash('sha1', key, 'buffer') : Buffer.from(key);
  // The pads are followed by room for the message and for the inner hash.
  const inner = Buffer.alloc(BLOCK + LONGEST * 3, 0x36);
  const outer = Buffer.alloc(BLOCK + 20, 0x5c);
  inner.set(bytes.map((byte) => byte ^ 0x36));
  outer.set(bytes.map((byte) => byte ^ 0x5c));
  return (data) => {
    if (data.length > LONGEST) return createHmac('sha1', key).update(data).digest('base64url');
    const end = BLOCK + inner.write(data, BLOCK);
    outer.write(hash('sha1', inner.subarray(0, end), 'binary'), BLOCK, 'binary');
    return hash('sha1', outer, 'base64url');
  };
}

/** A KeyRing, or a Keygrip with any hash. */
export type Signer = { sign(data: string): string; index(data: string, signature: string): number };

/**
 * Whether one of the signatures is valid; `'stale'`: made with an older key. Keygrip takes four times as long.
 */
export function verify(signer: Signer, data: string, signatures: string[]): 'fresh' | 'stale' | undefined {
  const right = Buffer.from(signer.sign(data));
  if (signatures.some((given) => isSame(right, Buffer.from(given)))) return 'fresh';
  return signatures.some((given) => signer.index(data, given) >= 0) ? 'stale' : undefined;
}

const isSame = (one: Buffer, other: Buffer): boolean =>
  one.length === other.length && timingSafeEqual(one, other);

const rings = new WeakMap<object, KeyRing>();

/**
 * The ring of a list of strings. Other lists of keys are only checked, on each request: an app may empty a Buffer in
 * place.
 * @throws {TypeError} when a key is empty
 */
export function ringOf(list: object | undefined): KeyRing | undefined {
  if (list && !Array.isArray(list)) assertKeygripNotEmpty(list);
  if (!Array.isArray(list)) return undefined;
  const known = rings.get(list);
  // An app may change its list while it runs. The ring's copy is compared, since `every` would skip holes in the list.
  if (known?.keys.length === list.length && known.keys.every((key, at) => key === list[at])) return known;
  const keys: unknown[] = [...list];
  keys.forEach(assertKeyNotEmpty);
  if (!keys.every((key) => typeof key === 'string')) return undefined;
  const ring = new KeyRing(keys);
  rings.set(list, ring);
  return ring;
}

/** Returns `keys` if it is a list with at least one key, or a Keygrip. */
export const usable = (keys: unknown): object | undefined =>
  Array.isArray(keys) && keys.length === 0 ? undefined : (keys as object) || undefined;
