/** How long, in ms, it stays quiet after it has told a failure. */
const QUIET = 60_000;

/** Tells of failures that go on once, and then each minute how often they have happened meanwhile. */
export interface LogOnce {
  (error: unknown): void;
  /** They have come to an end: the next one is told at once. Answers whether there were any. */
  isOver(): boolean;
}

/**
 * @param tell what to do with the failure that is told; `times`: how many there were since the last that was
 * @param now a clock in ms; @default performance.now
 */
export function logOnce(
  tell: (error: unknown, times: number) => void,
  now: () => number = () => performance.now(),
): LogOnce {
  let toldAt: number | undefined;
  let times = 0;
  const log = (error: unknown): void => {
    times += 1;
    if (toldAt !== undefined && now() - toldAt < QUIET) return;
    tell(error, times);
    toldAt = now();
    times = 0;
  };
  const isOver = (): boolean => {
    const wasFailing = toldAt !== undefined;
    toldAt = undefined;
    times = 0;
    return wasFailing;
  };
  return Object.assign(log, { isOver });
}
