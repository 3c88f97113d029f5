import { setTimeout as sleep } from 'node:timers/promises';

/** Ms that the longest of some short waits takes on a machine of two cores that runs nothing but these tests. */
const USUAL = 10;

/**
 * How much longer things take just now than when only tests run: 1, 2 and so on. Times are multiplied by it that must not be
 * over because the machine is busy.
 */
export async function slowness(): Promise<number> {
  let longest = 0;
  for (let nth = 0; nth < 30; nth += 1) {
    const start = performance.now();
    await sleep(1);
    longest = Math.max(longest, performance.now() - start);
  }
  return Math.max(1, Math.ceil(longest / USUAL));
}
