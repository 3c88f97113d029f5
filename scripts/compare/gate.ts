import type { Handler } from './app.ts';

/** A page that has run `before` when `reached` is done, and runs `after` when `open` was called. */
export function gated(
  before: Handler,
  after: Handler,
): { page: Handler; reached: Promise<void>; open: () => void } {
  const [reached, opened] = [new Signal(), new Signal()];
  return {
    page: async (visit) => {
      await before(visit);
      reached.give();
      await opened.given;
      return after(visit);
    },
    reached: reached.given,
    open: () => opened.give(),
  };
}

class Signal {
  give: () => void = () => {};
  readonly given = new Promise<void>((resolve) => {
    this.give = resolve;
  });
}
