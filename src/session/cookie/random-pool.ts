import { randomFillSync } from 'node:crypto';

/** Values drawn at once: one drawn alone takes 2.0 µs, one of these 0.13, of which 0.03 to wipe it. */
const DRAWS = 128;

/** Random bytes for secrets and nonces of one length. Each value is given once and then wiped. */
export class RandomPool {
  readonly #pool: Buffer;
  #used = 0;

  /** @param length bytes of each value */
  constructor(length: number) {
    this.#pool = Buffer.alloc(length * DRAWS);
  }

  /** The next value as base64url. */
  nextText(): string {
    return this.#take((start, end) => this.#pool.toString('base64url', start, end));
  }

  /** Writes the next value into `target`, from `at` on. */
  fill(target: Buffer, at: number): void {
    this.#take((start, end) => this.#pool.copy(target, at, start, end));
  }

  #take<T>(read: (start: number, end: number) => T): T {
    const start = this.#used % this.#pool.length;
    if (start === 0) randomFillSync(this.#pool);
    this.#used = start + this.#pool.length / DRAWS;
    const result = read(start, this.#used);
    this.#pool.fill(0, start, this.#used);
    return result;
  }
}
