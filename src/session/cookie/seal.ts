import {
  type Cipher,
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { RandomPool } from './random-pool.ts';
import { assertKeyNotEmpty } from './empty-key.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 24;
const HALF_BYTES = NONCE_BYTES / 2;
const TAG_BYTES = 16;
const BLOCK_BYTES = 16;
const GCM = { authTagLength: TAG_BYTES };

/** What a sealed value begins with, and what its seal covers too. Another format takes another marker. */
const VERSION = 'v1.';
const VERSION_BYTES = Buffer.from(VERSION);

/** Twice what browsers keep of a cookie: longer values are none of ours, and not worth the work of decoding. */
const LONGEST_VALUE = 8192;

/** What a cookie is for: its key fits no other. */
export interface SealContext {
  /** The cookie's name. */
  name: string;
  /** What kind of text it carries. */
  purpose: string;
}

/** What {@link Sealer.open} found. */
export interface Opened {
  text: string;
  /** It was sealed with another key than the newest, so it is to be sealed anew. */
  isStale: boolean;
}

/**
 * Encrypts and authenticates what a cookie carries, so that whoever holds it can neither read nor change it. Each app key
 * gives a key of 256 bits for this one name and purpose, hence a value of another cookie or purpose, or of an app with other keys, does not open.
 *
 * The cipher is {@link Xaes256Gcm}: its nonces of 192 bits can be made at random without end, while AES-GCM alone must
 * get a new key after 2^32 messages (NIST SP 800-38D, 8.3), which a busy app would have to count over all its processes.
 */
export class Sealer {
  readonly #ciphers: readonly Xaes256Gcm[];
  readonly #newest: Xaes256Gcm;

  /**
   * @param keys the newest first: it seals, and all of them open. Each at least 32 random characters; a password is not
   *   made stronger here
   * @throws {RangeError} when there is no key
   * @throws {TypeError} when one of them is empty
   */
  constructor(keys: readonly string[], context: SealContext) {
    this.#ciphers = keys.map((key) => new Xaes256Gcm(deriveKey(key, context)));
    const [newest] = this.#ciphers;
    if (!newest) throw new RangeError('session: to seal a cookie at least one key is needed');
    this.#newest = newest;
  }

  /** `text` in a form that only {@link open} can read; another one at each call. Lone surrogates become U+FFFD. */
  seal(text: string): string {
    return VERSION + this.#newest.seal(text, drawNonce(), VERSION_BYTES).toString('base64url');
  }

  /** What was sealed, or undefined for anything that {@link seal} did not make with one of the keys. Never throws. */
  open(value: string): Opened | undefined {
    const sealed = decode(value);
    if (!sealed) return undefined;
    for (const cipher of this.#ciphers) {
      const text = cipher.open(sealed, VERSION_BYTES);
      if (text) return { text: text.toString(), isStale: cipher !== this.#newest };
    }
    return undefined;
  }
}

/** HKDF with SHA-256 (RFC 5869). JSON keeps the parts of its `info` apart, whatever they contain. */
function deriveKey(key: string, { name, purpose }: SealContext): Uint8Array {
  assertKeyNotEmpty(key);
  const info = JSON.stringify([
    'koa-session-starter',
    'sealed cookie',
    VERSION,
    'XAES-256-GCM',
    purpose,
    name,
  ]);
  return new Uint8Array(hkdfSync('sha256', key, '', info, KEY_BYTES));
}

/**
 * So many nonces have their first half in common, and with it the key that is made of that. Under it the second halves, 96
 * random bits each, may meet 2^32 times before AES-GCM needs another (NIST SP 800-38D, 8.3).
 */
const BATCH = 2 ** 16;

const nonce = Buffer.alloc(NONCE_BYTES);
const halves = new RandomPool(HALF_BYTES);
let leftInBatch = 0;

/** A new nonce, to be used before the next one is drawn. */
function drawNonce(): Buffer {
  if (leftInBatch === 0) {
    halves.fill(nonce, 0);
    leftInBatch = BATCH;
  }
  leftInBatch -= 1;
  halves.fill(nonce, HALF_BYTES);
  return nonce;
}

const decoded = Buffer.alloc(LONGEST_VALUE);

/** The bytes of a value, to be used before the next one is decoded; undefined when it cannot be one of ours. */
function decode(value: string): Buffer | undefined {
  if (value.length > LONGEST_VALUE || !value.startsWith(VERSION)) return undefined;
  const encoded = value.slice(VERSION.length);
  const length = decoded.write(encoded, 'base64url');
  // Node also reads other alphabets, padding, blanks and loose last bits; a sealed value has one form.
  const isCanonical =
    length >= NONCE_BYTES + TAG_BYTES && decoded.toString('base64url', 0, length) === encoded;
  return isCanonical ? decoded.subarray(0, length) : undefined;
}

/** Keys that a cipher has ready: those of the batches of some processes that were started anew now and then. */
const MOST_KEYS = 500;

/**
 * XAES-256-GCM (C2SP, https://c2sp.org/XAES-256-GCM): AES-256-GCM with a key of its own for each message. That key comes
 * from the first half of a nonce of 192 bits by the counter KDF of NIST SP 800-108r1 with CMAC, which here is two blocks
 * of AES; the second half is the nonce of AES-GCM. All of it is made of what FIPS 140 approves.
 */
export class Xaes256Gcm {
  /** Without chaining and padding it keeps no state, so one serves all messages: to set one up costs more than its use. */
  readonly #aes: Cipher;
  /** The two blocks to encrypt, but for the nonce. */
  readonly #blocks: Buffer;
  /** The same with the nonce of the last message, to be filled anew for each. */
  readonly #filled: Buffer;
  /** By the first half of the nonce. To make one costs a third of what it is for. */
  readonly #keys = new Map<string, KeyObject>();

  /** @param key 32 bytes */
  constructor(key: Uint8Array) {
    this.#aes = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
    const subkey = doubled(this.#aes.update(Buffer.alloc(BLOCK_BYTES)));
    const counters = [1, 2].map((counter) => Buffer.from([0, counter, 'X'.charCodeAt(0), 0]));
    this.#blocks = Buffer.concat(counters.map((counter) => xored(subkey, counter)));
    this.#filled = Buffer.from(this.#blocks);
  }

  /**
   * @param nonce 24 bytes, never the same for two messages
   * @param additional what is authenticated and not encrypted
   * @returns the nonce, the ciphertext and its tag
   */
  seal(plaintext: string | Uint8Array, nonce: Buffer, additional: Uint8Array): Buffer {
    const half = firstHalfOf(nonce);
    const known = this.#keys.get(half);
    const key = known ?? this.#derive(nonce);
    if (!known) this.#remember(half, key);
    const cipher = createCipheriv('aes-256-gcm', key, nonce.subarray(HALF_BYTES), GCM);
    cipher.setAAD(additional);
    const ciphertext = cipher.update(plaintext);
    // It has nothing more to give.
    cipher.final();
    return Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]);
  }

  /**
   * The reverse of {@link seal}.
   * @param sealed long enough for a nonce and a tag
   * @returns the plaintext, undefined when it was not sealed by this key and with this `additional`
   */
  open(sealed: Buffer, additional: Uint8Array): Buffer | undefined {
    const half = firstHalfOf(sealed);
    const known = this.#keys.get(half);
    const key = known ?? this.#derive(sealed);
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(HALF_BYTES, NONCE_BYTES), GCM);
    decipher.setAAD(additional).setAuthTag(sealed.subarray(-TAG_BYTES));
    const plaintext = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    // Not before: what anybody makes up must not take the place of what is needed.
    if (!known) this.#remember(half, key);
    return plaintext;
  }

  /** The oldest goes first. If it is still needed, it is made anew. */
  #remember(half: string, key: KeyObject): void {
    this.#keys.set(half, key);
    const [oldest] = this.#keys.keys();
    if (this.#keys.size > MOST_KEYS && oldest !== undefined) this.#keys.delete(oldest);
  }

  /** The key for AES-GCM. */
  #derive(nonce: Uint8Array): KeyObject {
    const [blocks, filled] = [this.#blocks, this.#filled];
    for (let at = 0; at < HALF_BYTES; at++) {
      const byte = nonce[at] ?? 0;
      filled[4 + at] = byte ^ (blocks[4 + at] ?? 0);
      filled[BLOCK_BYTES + 4 + at] = byte ^ (blocks[BLOCK_BYTES + 4 + at] ?? 0);
    }
    return createSecretKey(this.#aes.update(filled));
  }
}

function firstHalfOf(nonce: Buffer): string {
  return nonce.toString('latin1', 0, HALF_BYTES);
}

/** Twice the block in GF(2^128): how CMAC makes its subkey (NIST SP 800-38B, 6.1). */
function doubled(block: Buffer): Buffer {
  const number = BigInt(`0x${block.toString('hex')}`) << 1n;
  const reduced = number >> 128n ? number ^ ((1n << 128n) | 0x87n) : number;
  return Buffer.from(reduced.toString(16).padStart(BLOCK_BYTES * 2, '0'), 'hex');
}

/** A copy of `bytes`, with `mask` laid on its beginning by XOR. */
function xored(bytes: Buffer, mask: Uint8Array): Buffer {
  const copy = Buffer.from(bytes);
  for (let index = 0; index < mask.length; index++) {
    copy[index] = (copy[index] ?? 0) ^ (mask[index] ?? 0);
  }
  return copy;
}
