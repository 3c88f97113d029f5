import { setTimeout as wait } from 'node:timers/promises';

/**
 * Tries until it succeeds, at first with short pauses.
 *
 * @param timeout in ms
 * @throws {unknown} the error of the last attempt, when the time is over
 */
export async function eventually<T>(attempt: () => Promise<T>, timeout = 30_000): Promise<T> {
  const end = performance.now() + timeout;
  for (let pause = 10; ; pause = Math.min(2 * pause, 100)) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() + pause > end) throw error;
    }
    await wait(pause);
  }
}
