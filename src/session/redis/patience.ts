/**
 * Bounds how long the answers of a server are waited for. A server that hangs without closing its connection keeps callers
 * for `limit` once and not again: from then on one call at a time goes through, to find out whether it is back, and all
 * others fail at once. It hangs when not one answer has come since the overdue one was asked for: one lost answer, or one
 * node of many, keeps nobody from being served.
 */
export class Patience {
  readonly #limit: number;
  /** When an answer last came, on the clock of `performance`. */
  #answeredAt = -Infinity;
  #isHanging = false;
  /** Whether a call is finding out if it is back. */
  #isTrying = false;

  /** @param limit ms */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * @param ask is given what throws when nobody waits any more, to call before a second step
   * @throws {Error} when there is no answer in time, or none is to be expected
   */
  async wait<Answer>(ask: (requireTime: () => void) => Promise<Answer>): Promise<Answer> {
    if (!this.#isHanging) return this.#bound(ask);
    if (this.#isTrying) throw new Error(`no answer for more than ${this.#limit} ms: not asked again yet`);
    this.#isTrying = true;
    try {
      return await this.#bound(ask);
    } finally {
      this.#isTrying = false;
    }
  }

  /** An answer has come, perhaps one of many that a caller waits for. */
  hear(): void {
    this.#answeredAt = performance.now();
    this.#isHanging = false;
  }

  #bound<Answer>(ask: (requireTime: () => void) => Promise<Answer>): Promise<Answer> {
    const start = performance.now();
    let isOver = false;
    const requireTime = (): void => {
      if (isOver) throw new Error('nobody waits any more');
    };
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        if (isOver) return;
        isOver = true;
        if (this.#answeredAt < start) this.#isHanging = true;
        reject(new Error(`no answer within ${this.#limit} ms`));
      };
      const settle = (): void => {
        isOver = true;
        clearTimeout(timer);
        this.hear();
      };
      ask(requireTime).finally(settle).then(resolve, reject);
      // Where something has kept this process busy, the answer may be there, and only not read yet.
      const timer = setTimeout(() => setImmediate(giveUp), this.#limit);
    });
  }
}
