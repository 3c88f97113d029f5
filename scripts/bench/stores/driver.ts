/**
 * A store as the benchmark drives it. `Kept` is what it is given: an object or JSON text, as what is around it would have that
 * at hand. To make one is no part of what is measured.
 */
export interface Driver<Kept = unknown> {
  /** @param views a number in the data, so that an update changes something */
  make(nth: number, views: number): Kept;
  create(id: string, kept: Kept): void;
  /** @param done may be called later */
  get(id: string, done: (found: unknown) => void): void;
  /** What a request does that changes the session: gets it, and sets it anew. */
  update(id: string, kept: Kept): void;
}
