import { randomFillSync } from 'node:crypto';

/** Draws at once: for one at a time, a draw costs 20 times what is made of it. */
const DRAWS = 128;

/** Random bytes for secrets and nonces of one length, each given once and then wiped. */
export class RandomPool {
  readonly #length: number;
  readonly #pool: Buffer;
  #used: number;

  /** @param length bytes of each */
  constructor(length: number) {
    this.#length = length;
    this.#pool = Buffer.alloc(length * DRAWS);
    this.#used = this.#pool.length;
  }

  /** As base64url. */
  nextText(): string {
    const [start, end] = this.#next();
    const text = this.#pool.toString('base64url', start, end);
    this.#pool.fill(0, start, end);
    return text;
  }

  /** Puts the next into `target`, from `at` on. */
  fill(target: Buffer, at: number): void {
    const [start, end] = this.#next();
    this.#pool.copy(target, at, start, end);
    this.#pool.fill(0, start, end);
  }

  #next(): [start: number, end: number] {
    if (this.#used === this.#pool.length) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    this.#used += this.#length;
    return [this.#used - this.#length, this.#used];
  }
}
