import createError from 'http-errors';

/**
 * Runs a task when a slot is free, and returns its result.
 * @param client for fair queueing. @default '', which all unnamed tasks share
 */
export type Limit = <Result>(task: () => Promise<Result>, client?: string) => Promise<Result>;

interface Waiting {
  start: () => void;
  reject: (error: Error) => void;
}

/**
 * Runs at most `running` tasks at a time and queues up to `waiting`. Clients are served in turn. When the queue is full,
 * the newest task of the client with the most queued tasks is rejected, so one network cannot crowd out others.
 *
 * @throws (the limited call) 503 with `Retry-After` when it is rejected
 */
export function limitConcurrency({ running, waiting }: { running: number; waiting: number }): Limit {
  /** By client; the one whose turn is next comes first. */
  const queues = new Map<string, Waiting[]>();
  let queued = 0;
  let active = 0;

  function enqueue(client: string): Promise<void> {
    return new Promise((start, reject) => {
      const queue = queues.get(client) ?? [];
      queue.push({ start, reject });
      queues.set(client, queue);
      queued += 1;
      if (queued > waiting) rejectNewest([client, queue]);
    });
  }

  function rejectNewest(last: [string, Waiting[]]): void {
    const [client, longest] = [...queues].reduce(
      (one, other) => (other[1].length > one[1].length ? other : one),
      last,
    );
    longest.pop()?.reject(tooMany());
    queued -= 1;
    if (longest.length === 0) queues.delete(client);
  }

  function dequeue(): Waiting | undefined {
    const [first] = queues;
    if (!first) return undefined;
    const [client, queue] = first;
    const one = queue.shift();
    queued -= 1;
    queues.delete(client);
    if (queue.length > 0) queues.set(client, queue);
    return one;
  }

  return async (task, client = '') => {
    if (active < running) active += 1;
    else await enqueue(client);
    try {
      return await task();
    } finally {
      // The next one takes over this one's place, so that nobody can slip in between.
      const next = dequeue();
      if (next) next.start();
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
