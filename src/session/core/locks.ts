import { isPromise, type MaybePromise } from './store.ts';

/**
 * Lets operations on one id run one after another, within this process. An operation that never settles holds up all
 * that follow on its id.
 */
export class Locks {
  /** What the next operation on an id has to wait for; never rejected. */
  readonly #lasts = new Map<string, Promise<unknown>>();

  /** On how many ids something is under way. */
  get size(): number {
    return this.#lasts.size;
  }

  /**
   * Runs `operation` when nothing else is under way on `id`: at once if nothing is, so that what needs no waiting is
   * done when this returns.
   *
   * @param longest how long it waits, in ms, before it goes ahead all the same; for what need not be alone, and may
   *   have to wait for itself. @default for ever
   * @returns what `operation` returns
   * @throws what `operation` throws
   */
  run<T>(id: string, operation: () => MaybePromise<T>, longest = Infinity): MaybePromise<T> {
    const before = this.#lasts.get(id);
    const last = before && longest !== Infinity ? settledWithin(before, longest) : before;
    const result = last ? last.then(operation) : operation();
    if (isPromise(result)) this.#waitFor(id, result);
    return result;
  }

  #waitFor(id: string, result: Promise<unknown>): void {
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
