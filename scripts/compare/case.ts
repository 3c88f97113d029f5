import type { Bench } from './bench.ts';

/** What a case found. */
export type Finding =
  | { verdict: 'passes' | 'fails'; saw: string }
  /** A number that is no verdict, such as a size. */
  | { verdict: 'measured'; saw: string }
  /** The case cannot be put to this middleware; `saw` is why. */
  | { verdict: 'n/a'; saw: string }
  /** The kit itself failed. */
  | { verdict: 'broken'; saw: string };

/** Thrown where a middleware fails before a case can ask what it is about. The message is what was seen. */
export class Failure extends Error {
  override name = 'Failure';
}

/** Something that is tried on every middleware. */
export interface Case {
  /** By which `--only` finds it. */
  id: string;
  /** What holds for a middleware that passes; for `measured`, what is measured. */
  title: string;
  /** koa-session's defects that it shows, by their number in docs/koa-session-defects.md. */
  defects?: number[];
  run: (bench: Bench) => Promise<Finding>;
}

/** Cases that belong together. */
export interface Group {
  name: string;
  /** One sentence, for the document. */
  about: string;
  cases: Case[];
}

/** @param saw what was seen, the same in every run: no ids, no times */
export function verdict(passes: boolean, saw: string): Finding {
  return { verdict: passes ? 'passes' : 'fails', saw };
}
