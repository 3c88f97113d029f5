import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { RandomPool } from './random-pool.ts';

const NONCE_BYTES = 24;
const HALF_BYTES = NONCE_BYTES / 2;
/** The size of a block of AES and of the tag of AES-GCM. */
const BLOCK_BYTES = 16;
const GCM = { authTagLength: BLOCK_BYTES };

/** The prefix of each sealed value, which is authenticated too. Another format must have another version. */
const VERSION = 'v1.';
const VERSION_BYTES = Buffer.from(VERSION);

/** Twice the size that browsers allow: a longer value is not ours, so it is not decoded. */
const LONGEST_VALUE = 8192;

/**
 * The number of nonces with the same first half, and so with the same AES-GCM key. Their second halves are 96 random
 * bits each, so that key would be good for 2^32 messages (NIST SP 800-38D, 8.3).
 */
const BATCH = 2 ** 16;

const nonce = Buffer.alloc(NONCE_BYTES);
const halves = new RandomPool(HALF_BYTES);
let drawn = 0;

/**
 * Encrypts and authenticates the text of a cookie, so that a client can neither read nor change it. Each app key gives a
 * 256-bit key for this name and purpose, so a value of another cookie, purpose or app cannot be opened.
 *
 * The cipher is {@link Xaes256Gcm}: it can seal any number of messages with random 192-bit nonces. AES-GCM alone needs a
 * new key after 2^32 messages (NIST SP 800-38D, 8.3), which all processes of an app would have to count together.
 */
export class Sealer {
  /** At least one. */
  readonly #ciphers: readonly Xaes256Gcm[];

  /**
   * @param keys the newest first: the first key seals, and every key opens. Each needs at least 32 random characters,
   *   since deriving a key does not strengthen a weak one
   * @param context the name of the cookie and the purpose of the text
   * @throws {RangeError} when there is no key
   */
  constructor(keys: readonly string[], { name, purpose }: { name: string; purpose: string }) {
    const parts = ['koa-session-starter', 'sealed cookie', VERSION, 'XAES-256-GCM', purpose, name];
    // HKDF with SHA-256 (RFC 5869). JSON separates the parts of its `info`, whatever they contain.
    const derive = (key: string): ArrayBuffer => hkdfSync('sha256', key, '', JSON.stringify(parts), 32);
    if (keys.length === 0) throw new RangeError('session: to seal a cookie at least one key is needed');
    this.#ciphers = keys.map((key) => new Xaes256Gcm(new Uint8Array(derive(key))));
  }

  /** Returns another value at each call; only {@link open} can read it. Lone surrogates become U+FFFD. */
  seal(text: string): string {
    if (drawn++ % BATCH === 0) nonce.write(halves.nextText(), 'base64url');
    nonce.write(halves.nextText(), HALF_BYTES, 'base64url');
    return VERSION + (this.#ciphers[0] as Xaes256Gcm).seal(text, nonce, VERSION_BYTES).toString('base64url');
  }

  /**
   * Never throws.
   * @returns undefined for any value that {@link seal} did not make with one of the keys. `needsReseal`: the key was
   *   not the newest, so the text should be sealed again
   */
  open(value: string): { text: string; needsReseal: boolean } | undefined {
    if (value.length > LONGEST_VALUE || !value.startsWith(VERSION)) return undefined;
    const encoded = value.slice(VERSION.length);
    const bytes = Buffer.from(encoded, 'base64url');
    // Node also accepts other alphabets, padding, blanks and unused bits at the end; only our own spelling is valid.
    if (bytes.length < NONCE_BYTES + BLOCK_BYTES || bytes.toString('base64url') !== encoded) return undefined;
    for (const cipher of this.#ciphers) {
      const text = cipher.open(bytes, VERSION_BYTES);
      if (text) return { text: text.toString(), needsReseal: cipher !== this.#ciphers[0] };
    }
    return undefined;
  }
}

/** How the two blocks begin: with a counter and the label 'X'. */
const PREFIXES = [Buffer.from('\0\u0001X\0'), Buffer.from('\0\u0002X\0')] as const;

/**
 * XAES-256-GCM (C2SP, https://c2sp.org/XAES-256-GCM): AES-256-GCM with a derived key. The first half of a 192-bit nonce
 * gives that key, by the counter KDF of NIST SP 800-108r1 with CMAC, which is two blocks of AES here. The second half
 * is the nonce of AES-GCM. FIPS 140 approves all of these.
 */
export class Xaes256Gcm {
  /** ECB without padding has no state, so one cipher serves all messages: creating one costs more than using it. */
  readonly #aes;
  readonly #subkey: Buffer;
  /** Derived keys by the first half of the nonce. 500 are enough for many processes that restart a few times. */
  readonly #keys = new LRUCache<string, KeyObject>({ max: 500 });

  /** @param key 32 bytes */
  constructor(key: Uint8Array) {
    this.#aes = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
    this.#subkey = doubled(this.#aes.update(Buffer.alloc(BLOCK_BYTES)));
  }

  /**
   * @param nonce 24 bytes, never the same for two messages
   * @param additional authenticated but not encrypted
   * @returns the nonce, the ciphertext and its tag
   */
  seal(plaintext: string | Uint8Array, nonce: Buffer, additional: Uint8Array): Buffer {
    const half = nonce.toString('latin1', 0, HALF_BYTES);
    const key = this.#keys.get(half) ?? this.#derive(nonce);
    this.#keys.set(half, key);
    const cipher = createCipheriv('aes-256-gcm', key, nonce.subarray(HALF_BYTES), GCM).setAAD(additional);
    return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  }

  /**
   * The reverse of {@link seal}.
   * @param sealed long enough for a nonce and a tag
   * @returns the plaintext; undefined if it was not sealed with this key and this `additional`
   */
  open(sealed: Buffer, additional: Uint8Array): Buffer | undefined {
    const half = sealed.toString('latin1', 0, HALF_BYTES);
    const known = this.#keys.get(half);
    const key = known ?? this.#derive(sealed);
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(HALF_BYTES, NONCE_BYTES), GCM);
    decipher.setAAD(additional).setAuthTag(sealed.subarray(-BLOCK_BYTES));
    const plaintext = decipher.update(sealed.subarray(NONCE_BYTES, -BLOCK_BYTES));
    try {
      decipher.final();
      // Only after authentication, so forged cookies cannot evict keys.
      if (!known) this.#keys.set(half, key);
      return plaintext;
    } catch {
      return undefined;
    }
  }

  /** The key for AES-GCM, derived from the first half of the nonce. */
  #derive(nonce: Buffer): KeyObject {
    const half = nonce.subarray(0, HALF_BYTES);
    const blocks = Buffer.concat([PREFIXES[0], half, PREFIXES[1], half]);
    const masked = blocks.map((byte, at) => byte ^ (this.#subkey[at % BLOCK_BYTES] ?? 0));
    return createSecretKey(this.#aes.update(masked));
  }
}

/** Twice the block in GF(2^128): how CMAC makes its subkey (NIST SP 800-38B, 6.1). */
function doubled(block: Buffer): Buffer {
  const number = BigInt(`0x${block.toString('hex')}`) << 1n;
  const reduced = number >> 128n ? number ^ ((1n << 128n) | 0x87n) : number;
  return Buffer.from(reduced.toString(16).padStart(BLOCK_BYTES * 2, '0'), 'hex');
}
