/** A value now, or a promise of it: no request waits for a store that needs no waiting. */
export type MaybePromise<T> = T | Promise<T>;

export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as Promise<T> | undefined)?.then === 'function';
}

/** Goes on with `next` at once, or when the promise is there. */
export function after<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** What `work` answers, or what `failed` makes of its error. */
export function caught<T, R>(
  work: () => MaybePromise<T>,
  failed: (error: unknown) => MaybePromise<R>,
): MaybePromise<T | R> {
  try {
    const answer = work();
    return isPromise(answer) ? answer.catch(failed) : answer;
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
export function run<T>(steps: Steps<T>): MaybePromise<T> {
  const step = steps.next();
  return step.done ? step.value : goOn(steps, step);
}

async function goOn<T>(steps: Steps<T>, first: IteratorResult<Promise<unknown>, T>): Promise<T> {
  let step = first;
  while (!step.done) {
    try {
      step = steps.next(await step.value);
    } catch (error) {
      // If it was the steps that threw, they are over and throw it again.
      step = steps.throw(error);
    }
  }
  return step.value;
}

/**
 * Lets operations on one id run one after another, within this process. An operation that never settles holds up all
 * that follow on its id.
 */
export class Locks<Id = string> {
  /** What the next operation on an id has to wait for; never rejected. */
  readonly #lasts = new Map<Id, Promise<unknown>>();

  /** On how many ids something is under way. */
  get size(): number {
    return this.#lasts.size;
  }

  /**
   * Runs `operation` when nothing else is under way on `id`: at once if nothing is, so that what needs no waiting is
   * done when this returns.
   *
   * @param longest how long it waits, in ms, before it goes ahead anyway; for what need not be alone, and may have to
   *   wait for itself. @default for ever
   * @returns what `operation` returns
   * @throws what `operation` throws
   */
  run<T>(id: Id, operation: () => MaybePromise<T>, longest = Infinity): MaybePromise<T> {
    const before = this.#lasts.get(id);
    const last = before && longest !== Infinity ? settledWithin(before, longest) : before;
    const result = last ? last.then(operation) : operation();
    if (isPromise(result)) this.#waitFor(id, result);
    return result;
  }

  #waitFor(id: Id, result: Promise<unknown>): void {
    const release = (): void => {
      if (this.#lasts.get(id) === settled) this.#lasts.delete(id);
    };
    const settled: Promise<void> = Promise.resolve(result).then(release, release);
    this.#lasts.set(id, settled);
  }
}

async function settledWithin(last: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([last, limit]);
  clearTimeout(timer);
}
