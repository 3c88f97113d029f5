// Importing this file replaces the global Date by one that can be moved, so that no case waits for a session to end.
// Import it before any session library: some of them keep a reference to `Date.now`.

const RealDate = Date;
let ahead = 0;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args: unknown[], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [RealDate.now() + ahead] : args, newTarget) as Date,
  get: (target, name) =>
    name === 'now' ? () => RealDate.now() + ahead : (Reflect.get(target, name) as unknown),
});

export function advanceClock(ms: number): void {
  ahead += ms;
}

/** Back to the real time. */
export function resetClock(): void {
  ahead = 0;
}
