import type { MaybePromise } from './store.ts';

export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as Promise<T> | undefined)?.then === 'function';
}

/** Goes on with `next` at once, or when the promise is there. */
export function after<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** As `after`, but takes up what goes wrong, thrown at once or rejected later. */
export function recovering<T>(
  work: () => MaybePromise<T>,
  recover: (error: unknown) => MaybePromise<T>,
): MaybePromise<T> {
  try {
    const result = work();
    return isPromise(result) ? result.catch(recover) : result;
  } catch (error) {
    return recover(error);
  }
}

/** Does `end` after `work`, whatever becomes of it. */
export function lastly<T>(work: () => MaybePromise<T>, end: () => void): MaybePromise<T> {
  let result: MaybePromise<T>;
  try {
    result = work();
  } catch (error) {
    end();
    throw error;
  }
  if (isPromise(result)) return endAfter(result, end);
  end();
  return result;
}

async function endAfter<T>(result: Promise<T>, end: () => void): Promise<T> {
  try {
    return await result;
  } finally {
    end();
  }
}
