/** A value now, or a promise of it: no request waits for a store that needs no waiting. */
export type MaybePromise<T> = T | Promise<T>;

/**
 * Whatever has a `then` counts, as with `await`. Others than those of JavaScript may have no `catch`, and run a query each
 * time that `then` is called: before it is called they are made one of JavaScript.
 */
export const isPromise = <T>(value: MaybePromise<T>): value is Promise<T> =>
  typeof (value as Promise<T> | undefined)?.then === 'function';

/** Goes on with `next` at once, or when the promise is there. */
export function after<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return isPromise(value) ? Promise.resolve(value).then(next) : next(value);
}

/** What `work` answers, or what `failed` makes of its error. */
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
 * Work that may have to wait, as a generator: an `async` function goes on later even where the answer is there, this goes on
 * at once. So with a store in memory nothing else happens in the middle of a commit.
 */
export type Steps<T> = Generator<Promise<unknown>, T, unknown>;

/** `yield* wait(answer)` is `await answer`, without waiting for what is no promise. */
export function* wait<T>(answer: MaybePromise<T>): Steps<T> {
  return isPromise(answer) ? ((yield answer) as T) : answer;
}

/** Does all that need not wait before it returns. */
export function run<T>(steps: Steps<T>, step = steps.next()): MaybePromise<T> {
  if (step.done) return step.value;
  return Promise.resolve(step.value).then(
    (value) => run(steps, steps.next(value)),
    (error: unknown) => run(steps, steps.throw(error)),
  );
}

/**
 * How long one operation holds up those behind it, in ms: a store may never answer. Longer than clients of stores wait
 * that do give up, and short enough that proxies, which often wait for a minute, still get an answer.
 */
const LONGEST_HOLD = 30_000;

/** Lets operations on one id run one after another, within this process. */
export class Locks<Id = string> {
  /** What the next operation on an id has to wait for; never rejected. */
  readonly #lasts = new Map<Id, Promise<void>>();

  /** On how many ids something is under way. */
  get size(): number {
    return this.#lasts.size;
  }

  /**
   * Runs `operation` when nothing else is under way on `id`: at once if nothing is, so that what needs no waiting is
   * done when this returns.
   *
   * @param longest after how many ms the next one runs although this one has not ended
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
      // From when it runs, and not from when it was asked for.
      void (last ?? Promise.resolve()).then(() => (timer = setTimeout(release, longest).unref()));
      result.then(release, release);
    });
    this.#lasts.set(id, released);
    return result;
  }
}
