/** The server's clock, in ms since 1970. It stands still until a test moves it, so that nothing depends on speed. */
export interface Clock {
  now(): number;
  /** Moves it on by `ms`; a negative number moves it back. */
  advance(ms: number): void;
  /** Sets it to the real time. */
  reset(): void;
  /** How long ago that was really, in ms: all that a test has done since took no longer. */
  sinceReset(): number;
}

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const DAY = 24 * 60 * MINUTE;

export function createClock(): Clock {
  let time = Date.now();
  let resetAt = performance.now();
  return {
    now: () => time,
    advance: (ms) => {
      time += ms;
    },
    reset: () => {
      time = Date.now();
      resetAt = performance.now();
    },
    sinceReset: () => performance.now() - resetAt,
  };
}
