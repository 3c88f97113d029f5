import { setTimeout as wait } from 'node:timers/promises';

/**
 * Tries until it succeeds: soon again at first, since most things come at once.
 *
 * @param timeout in ms
 * @throws {unknown} what the last attempt has thrown, when the time is over
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
