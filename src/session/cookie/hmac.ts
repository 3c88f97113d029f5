import { createHmac, hash } from 'node:crypto';

/** Of both SHA-1 and SHA-256, in bytes. */
const BLOCK_BYTES = 64;

/** What a cookie may be in a request to Node, by default; what is longer takes the common way. */
const ROOM = 16 * 1024;

/** What is hashed next, with the block of its key before it. Nothing waits between its filling and its use. */
const scratch = Buffer.alloc(BLOCK_BYTES + ROOM);

/**
 * HMAC (RFC 2104) with a key that is prepared once. It is made of two hashes, whose results are strings: Node's own object
 * for an HMAC costs three times as much for the length of a cookie, most of it for being made and collected.
 */
export class Hmac {
  readonly #algorithm: 'sha1' | 'sha256';
  readonly #key: Buffer;
  readonly #inner: Buffer;
  readonly #outer: Buffer;

  constructor(algorithm: 'sha1' | 'sha256', key: string) {
    this.#algorithm = algorithm;
    this.#key = Buffer.from(key);
    const block = Buffer.alloc(BLOCK_BYTES);
    const fitting = this.#key.length > BLOCK_BYTES ? hash(algorithm, this.#key, 'buffer') : this.#key;
    fitting.copy(block);
    this.#inner = block.map((byte) => byte ^ 0x36) as Buffer;
    const digest = hash(algorithm, '', 'buffer');
    this.#outer = Buffer.concat([block.map((byte) => byte ^ 0x5c), digest]);
  }

  /** @param encoding of the result */
  of(text: string, encoding: 'base64url' | 'hex'): string {
    if (text.length * 3 > ROOM) {
      return createHmac(this.#algorithm, this.#key).update(text).digest(encoding);
    }
    this.#inner.copy(scratch);
    const end = BLOCK_BYTES + scratch.write(text, BLOCK_BYTES);
    this.#outer.write(hash(this.#algorithm, scratch.subarray(0, end), 'binary'), BLOCK_BYTES, 'binary');
    return hash(this.#algorithm, this.#outer, encoding);
  }
}
