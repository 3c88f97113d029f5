import { setTimeout as sleep } from 'node:timers/promises';

/** The longest wait of 1 ms on a machine of two cores that runs only these tests, in ms. */
const USUAL = 10;
/** The upper bound: without it one pause of the machine would make tests wait for minutes. */
const MOST = 8;

/** How many times slower the machine is now than when only tests run, from 1 to 8. Multiply time limits by it. */
export async function slowness(): Promise<number> {
  const waits: number[] = [];
  for (let nth = 0; nth < 30; nth += 1) {
    const start = performance.now();
    await sleep(1);
    waits.push(performance.now() - start);
  }
  const long = waits.toSorted((a, b) => b - a)[1] ?? 0;
  return Math.min(MOST, Math.max(1, Math.ceil(long / USUAL)));
}
