/** Work with a time limit. Once `isOver()`, the caller has got an error, and the work must take no further step. */
export type Work<Answer> = (isOver: () => boolean) => Promise<Answer>;

/**
 * Limits how long callers wait for a server: a timeout with a half-open circuit breaker. A server that hangs without
 * closing its connection delays callers by `limit` once. After that, one call at a time tests whether the server is
 * back, and all others fail at once. The server counts as hanging if it has answered nothing since an overdue call
 * began, so one lost answer, or one node of many, does not stop other calls.
 */
export class TimeoutBreaker {
  readonly #limit: number;
  #replies = 0;
  /** The number of replies when the last overdue call began. While there are no more, the server counts as hanging. */
  #repliesBefore = -1;
  #isTrying = false;

  /** @param limit ms */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @throws {Error} when there is no answer in time, or the server hangs and another call is testing it */
  wait<Answer>(work: Work<Answer>): Promise<Answer> {
    if (this.#replies !== this.#repliesBefore) return this.#bound(work);
    const refusal = `no answer for more than ${this.#limit} ms: this call was not sent`;
    if (this.#isTrying) return Promise.reject(new Error(refusal));
    this.#isTrying = true;
    return this.#bound(work).finally(() => {
      this.#isTrying = false;
    });
  }

  /** Call it for each reply of the server, also if a caller waits for several replies. */
  onReply(): void {
    this.#replies += 1;
  }

  #bound<Answer>(work: Work<Answer>): Promise<Answer> {
    const before = this.#replies;
    let isOver = false;
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        isOver = true;
        this.#repliesBefore = before;
        reject(new Error(`no answer within ${this.#limit} ms`));
      };
      const end = (): void => {
        clearTimeout(timer);
        this.onReply();
      };
      const answer = work(() => isOver);
      answer.then(end, end);
      answer.then(resolve, reject);
      // If this process was busy, the answer may have arrived without having been read yet.
      const timer = setTimeout(() => setImmediate(giveUp), this.#limit);
    });
  }
}
