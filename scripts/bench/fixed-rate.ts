import { setImmediate } from 'node:timers/promises';

interface Rate {
  count: number;
  perSecond: number;
}

/** What tells the time, in ms, and lets other things happen; for tests. */
interface Clock {
  now: () => number;
  pause: () => Promise<unknown>;
}

const REAL: Clock = { now: () => performance.now(), pause: () => setImmediate() };

/**
 * Sends requests when they are due, whether the answers before are there or not, and tells how long each took from the moment
 * at which it was due, in ms. Whoever waits for a slow answer before the next request measures one long time where everybody
 * who came meanwhile had one.
 *
 * @throws what `send` does
 */
export async function atFixedRate(
  { count, perSecond }: Rate,
  send: (nth: number) => Promise<void>,
  { now, pause }: Clock = REAL,
): Promise<number[]> {
  const took: number[] = [];
  const answers: Promise<unknown>[] = [];
  const failures: unknown[] = [];
  const start = now();
  const dueAt = (nth: number): number => start + (nth * 1000) / perSecond;
  const sendAt = async (nth: number): Promise<void> => {
    await send(nth);
    took.push(now() - dueAt(nth));
  };
  while (answers.length < count && failures.length === 0) {
    while (answers.length < count && dueAt(answers.length) <= now()) {
      answers.push(sendAt(answers.length).catch((error: unknown) => failures.push(error)));
    }
    // Timers are too coarse by a millisecond, longer than most answers take.
    await pause();
  }
  await Promise.all(answers);
  if (failures.length > 0) throw failures[0];
  return took;
}
