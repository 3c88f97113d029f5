/** A value or a promise of it. With a store that answers at once, requests do not wait. */
export type MaybePromise<T> = T | Promise<T>;

/**
 * Whether `value` has a `then`, as for `await`. Callers wrap it by `Promise.resolve`, since a thenable may lack
 * `catch`, or run a query each time that `then` is called.
 */
export const isPromise = <T>(value: MaybePromise<T>): value is Promise<T> =>
  typeof (value as Promise<T> | undefined)?.then === 'function';

/** Calls `next` with the value: at once, or when the promise is fulfilled. */
export function after<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return isPromise(value) ? Promise.resolve(value).then(next) : next(value);
}

/** The result of `work`; if it throws or rejects, the result of `failed`. */
export function caught<T, R>(
  work: () => MaybePromise<T>,
  failed: (error: unknown) => MaybePromise<R>,
): MaybePromise<T | R> {
  try {
    const answer = work();
    return isPromise(answer) ? Promise.resolve(answer).catch(failed) : answer;
  } catch (error) {
    return failed(error);
  }
}

/**
 * Work that may have to wait, as a generator. Unlike an `async` function it continues at once after a value that is no
 * promise, so with a store in memory a commit is never interrupted.
 */
export type Steps<T> = Generator<Promise<unknown>, T, unknown>;

/** `yield* wait(answer)` is `await answer`, but does not wait for a value that is no promise. */
export function* wait<T>(answer: MaybePromise<T>): Steps<T> {
  return isPromise(answer) ? ((yield answer) as T) : answer;
}

/** Runs the steps. All before the first promise are done when it returns. */
export function run<T>(steps: Steps<T>, step = steps.next()): MaybePromise<T> {
  if (step.done) return step.value;
  return Promise.resolve(step.value).then(
    (value) => run(steps, steps.next(value)),
    (error: unknown) => run(steps, steps.throw(error)),
  );
}

/**
 * For how many ms an operation can hold up the next one: a store may never answer. It is longer than the timeouts of
 * most store clients, and shorter than those of proxies, often a minute.
 */
const LONGEST_HOLD = 30_000;

/** Runs operations on the same id one after another, within this process. */
export class Locks<Id = string> {
  /** What the next operation on an id waits for; never rejected. */
  readonly #lasts = new Map<Id, Promise<void>>();

  /** The number of ids with an operation under way. */
  get size(): number {
    return this.#lasts.size;
  }

  /**
   * Runs `operation` when no other one is under way on `id`: at once if possible, so an operation that does not wait is
   * done when this returns.
   *
   * @param longest after how many ms the next operation runs although this one has not ended
   * @returns what `operation` returns
   * @throws what `operation` throws
   */
  run<T>(id: Id, operation: () => MaybePromise<T>, longest = LONGEST_HOLD): MaybePromise<T> {
    const last = this.#lasts.get(id);
    const answer = last ? last.then(operation) : operation();
    if (!isPromise(answer)) return answer;
    const result = Promise.resolve(answer);
    const released = new Promise<void>((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const release = (): void => {
        clearTimeout(timer);
        if (this.#lasts.get(id) === released) this.#lasts.delete(id);
        resolve();
      };
      // The time counts from when the operation runs, not from this call.
      void (last ?? Promise.resolve()).then(() => (timer = setTimeout(release, longest).unref()));
      result.then(release, release);
    });
    this.#lasts.set(id, released);
    return result;
  }
}
