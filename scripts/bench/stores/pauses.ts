import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';

/** A stretch of time in which the event loop could do nothing else, in ms. */
export interface Stretch {
  start: number;
  end: number;
}

/** Notes the garbage collector's own stretches. */
export class CollectorPauses {
  readonly #stretches: Stretch[] = [];
  readonly #observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      this.#stretches.push({ start: startTime, end: startTime + duration });
    }
  });

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** All so far. */
  async seen(): Promise<readonly Stretch[]> {
    // They are told some time after they were.
    await setTimeout(50);
    return this.#stretches;
  }
}

export function longest(stretches: readonly Stretch[]): number {
  return stretches.reduce((most, { start, end }) => Math.max(most, end - start), 0);
}

/** Those in which no other falls. */
export function without(stretches: readonly Stretch[], others: readonly Stretch[]): Stretch[] {
  return stretches.filter(
    ({ start, end }) => !others.some((other) => other.start < end && other.end > start),
  );
}
