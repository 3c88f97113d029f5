/** The clock of this process: the real one, and what it was moved by. */
export interface Clock {
  /** Moves it on by `ms`. */
  advance(ms: number): void;
  /** Sets it back to the real time. */
  reset(): void;
}

/**
 * Puts a `Date` that can be moved in the place of the global one. Libraries take what the clock says from there, so nobody
 * has to wait until a session is over. Do it before they are loaded: some keep `Date.now` for themselves.
 */
export function installClock(): Clock {
  const RealDate = Date;
  let ahead = 0;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args: unknown[], newTarget) =>
      Reflect.construct(target, args.length === 0 ? [RealDate.now() + ahead] : args, newTarget) as Date,
    get: (target, name) =>
      name === 'now' ? () => RealDate.now() + ahead : (Reflect.get(target, name) as unknown),
  });
  return {
    advance: (ms) => {
      ahead += ms;
    },
    reset: () => {
      ahead = 0;
    },
  };
}
