import createError from 'http-errors';

/** Runs a task when its turn comes, and answers what the task answers. */
export type Limit = <Result>(task: () => Promise<Result>) => Promise<Result>;

/**
 * Lets a few tasks run at a time, and some more wait for their turn, first come first served.
 *
 * @throws (the limited call) 503 with `Retry-After` when `waiting` tasks wait already
 */
export function limitConcurrency({ running, waiting }: { running: number; waiting: number }): Limit {
  const queue: (() => void)[] = [];
  let active = 0;

  return async (task) => {
    if (active < running) active += 1;
    else if (queue.length < waiting) await new Promise<void>((resolve) => queue.push(resolve));
    else {
      throw createError(
        503,
        'Too many people are logging in at this moment. Please try again in a few seconds.',
        {
          expose: true,
          headers: { 'Retry-After': '5' },
        },
      );
    }

    try {
      return await task();
    } finally {
      // The next one takes over this one's place, so that nobody can slip in between.
      const next = queue.shift();
      if (next === undefined) active -= 1;
      else next();
    }
  };
}
