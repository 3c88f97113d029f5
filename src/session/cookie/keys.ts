import { createHmac, getHashes, hash, KeyObject, timingSafeEqual } from 'node:crypto';
import { Sealer } from './seal.ts';

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

/** What a sealed text is for. A text that was sealed for one purpose does not open for another. */
export type Purpose = 'id' | 'session' | 'stand-in';

/**
 * What seals and signs with a list of texts. It never changes: a changed list gets another ring. A Keygrip of the same list
 * makes the same signatures (HMAC-SHA1, base64url), in nearly twice the time.
 */
export class KeyRing implements Signer {
  readonly keys: readonly string[];
  readonly #hmacs: readonly ((data: string) => string)[];
  /** To derive a key costs more than to seal. */
  readonly #sealers = new Map<string, Sealer>();

  /** @param keys none empty, the newest first: it signs and seals, all of them verify and open */
  constructor(keys: readonly string[]) {
    this.keys = keys;
    this.#hmacs = keys.map(hmacWith);
  }

  sign(data: string): string {
    return this.#hmacs[0]?.(data) ?? '';
  }

  /** Which of the keys made the signature: 0 is the newest, -1 means none. */
  index(data: string, signature: string): number {
    const given = Buffer.from(signature);
    return this.#hmacs.findIndex((hmac) => isSame(Buffer.from(hmac(data)), given));
  }

  /** @param name that of the cookie */
  sealer(name: string, purpose: Purpose): Sealer {
    const id = `${purpose} ${name}`;
    let sealer = this.#sealers.get(id);
    if (!sealer) this.#sealers.set(id, (sealer = new Sealer(this.keys, { name, purpose })));
    return sealer;
  }
}

/** Bytes of a block of SHA-1. */
const BLOCK = 64;
/** In characters: longer than any cookie that browsers keep. */
const LONGEST = 5000;

/**
 * Signs by HMAC-SHA1 (RFC 2104, 2): two hashes, over pads that are made of the key once. Node's own HMAC makes an object for
 * each message, which takes nearly twice the time, and more of it to collect.
 */
function hmacWith(key: string): (data: string) => string {
  const bytes = Buffer.byteLength(key) > BLOCK ? hash('sha1', key, 'buffer') : Buffer.from(key);
  // Behind the pads is room for the message, and for the inner hash.
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

/** A ring, or a Keygrip of any hash. */
export type Signer = { sign(data: string): string; index(data: string, signature: string): number };

/** Whether one of the signatures is right; `'stale'`: made with an older key. Keygrip verifies in four times this time. */
export function verify(signer: Signer, data: string, signatures: string[]): 'fresh' | 'stale' | undefined {
  const right = Buffer.from(signer.sign(data));
  if (signatures.some((given) => isSame(right, Buffer.from(given)))) return 'fresh';
  return signatures.some((given) => signer.index(data, given) >= 0) ? 'stale' : undefined;
}

const isSame = (one: Buffer, other: Buffer): boolean =>
  one.length === other.length && timingSafeEqual(one, other);

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
export const usable = (keys: unknown): object | undefined =>
  Array.isArray(keys) && keys.length === 0 ? undefined : (keys as object) || undefined;
