/**
 * Bounds how long the answers of a server are waited for. A server that hangs without closing its connection keeps each
 * caller for `limit` once and not again: while an answer is overdue, calls fail at once, but for one each `limit` ms that
 * finds out whether it is back.
 */
export class Patience {
  readonly #limit: number;
  /** How many answers are overdue. */
  #overdue = 0;
  /** When the next call may go through while some are, on the clock of `performance`. */
  #nextAttemptAt = 0;

  /** @param limit ms */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @throws {Error} when there is no answer in time, or none is to be expected */
  async wait<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    const now = performance.now();
    if (this.#overdue > 0) {
      if (now < this.#nextAttemptAt) {
        throw new Error(`no answer for more than ${this.#limit} ms: not asked again yet`);
      }
      this.#nextAttemptAt = now + this.#limit;
    }
    const answer = ask();
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_never, reject) => {
      timer = setTimeout(() => {
        this.#expect(answer);
        reject(new Error(`no answer within ${this.#limit} ms`));
      }, this.#limit);
    });
    try {
      return await Promise.race([answer, limit]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Counts the answer as overdue until it is there, good or bad. */
  #expect(answer: Promise<unknown>): void {
    this.#overdue += 1;
    this.#nextAttemptAt = performance.now() + this.#limit;
    const settle = (): void => {
      this.#overdue -= 1;
    };
    answer.then(settle, settle);
  }
}
