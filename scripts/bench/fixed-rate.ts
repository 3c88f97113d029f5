import { setTimeout } from 'node:timers/promises';

interface Rate {
  count: number;
  perSecond: number;
}

/** What tells the time, in ms, and lets other things happen; for tests. */
interface Clock {
  now: () => number;
  pause: () => Promise<unknown>;
}

const REAL: Clock = { now: () => performance.now(), pause: () => setTimeout(1) };

/**
 * Sends requests when they are due, whether earlier answers are there or not, and tells how long each took, in ms.
 * After a pause of its own it sends no burst: how long that takes would say nothing about the server.
 *
 * @throws what `send` does
 */
export async function atFixedRate(
  { count, perSecond }: Rate,
  send: (nth: number) => Promise<void>,
  { now, pause }: Clock = REAL,
): Promise<number[]> {
  const answers: Promise<number>[] = [];
  const start = now();
  const ask = async (nth: number): Promise<number> => {
    const sent = now();
    await send(nth);
    return now() - sent;
  };
  while (answers.length < count) {
    if (start + (answers.length * 1000) / perSecond <= now()) {
      const answer = ask(answers.length);
      // Thrown below, when all are sent.
      answer.catch(() => {});
      answers.push(answer);
    }
    await pause();
  }
  return Promise.all(answers);
}
