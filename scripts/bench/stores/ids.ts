import { randomFillSync } from 'node:crypto';

/** As many as a session id of ours has. */
const BYTES = 24;

/** Session ids that take no memory but their bits: each is made when it is asked for, as one that comes with a request. */
export class Ids {
  readonly #bytes: Buffer;
  readonly #count: number;
  #random = 88_172_645;

  constructor(count: number) {
    this.#count = count;
    this.#bytes = randomFillSync(Buffer.alloc(count * BYTES));
  }

  at(nth: number): string {
    return this.#bytes.toString('base64url', nth * BYTES, (nth + 1) * BYTES);
  }

  /** A number below the count; the same ones in the same order in each process (xorshift). */
  random(below = this.#count): number {
    let x = this.#random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#random = x;
    return (x >>> 0) % below;
  }
}
