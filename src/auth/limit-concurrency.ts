import createError from 'http-errors';

/**
 * Runs a task when its turn comes, and answers what the task answers.
 * @param from whose task it is. @default nobody's in particular
 */
export type Limit = <Result>(task: () => Promise<Result>, from?: string) => Promise<Result>;

interface Waiting {
  start: () => void;
  sendAway: (error: Error) => void;
}

/**
 * Lets a few tasks run at a time, and some more wait for their turn. Those who wait take turns, and the tasks of each are in the
 * order in which they came. When too many wait, the last task of whoever has the most is sent away: a crowd from one network takes
 * no place from anybody else.
 *
 * @throws (the limited call) 503 with `Retry-After` when it is sent away
 */
export function limitConcurrency({ running, waiting }: { running: number; waiting: number }): Limit {
  /** By whose they are; whose turn is next comes first. */
  const queues = new Map<string, Waiting[]>();
  let queued = 0;
  let active = 0;

  function turn(from: string): Promise<void> {
    return new Promise((start, sendAway) => {
      const queue = queues.get(from) ?? [];
      queue.push({ start, sendAway });
      queues.set(from, queue);
      queued += 1;
      if (queued > waiting) shorten([from, queue]);
    });
  }

  function shorten(last: [string, Waiting[]]): void {
    const [from, longest] = [...queues].reduce(
      (one, other) => (other[1].length > one[1].length ? other : one),
      last,
    );
    longest.pop()?.sendAway(tooMany());
    queued -= 1;
    if (longest.length === 0) queues.delete(from);
  }

  function next(): Waiting | undefined {
    const [first] = queues;
    if (!first) return undefined;
    const [from, queue] = first;
    const one = queue.shift();
    queued -= 1;
    queues.delete(from);
    if (queue.length > 0) queues.set(from, queue);
    return one;
  }

  return async (task, from = '') => {
    if (active < running) active += 1;
    else await turn(from);
    try {
      return await task();
    } finally {
      // The next one takes over this one's place, so that nobody can slip in between.
      const follower = next();
      if (follower) follower.start();
      else active -= 1;
    }
  };
}

function tooMany(): Error {
  return createError(
    503,
    'Too many people are logging in at this moment. Please try again in a few seconds.',
    { expose: true, headers: { 'Retry-After': '5' } },
  );
}
