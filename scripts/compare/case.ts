import type { Kit } from './kit.ts';

/** One situation that is tried on every middleware. */
export interface Case {
  /** For `--only`. */
  id: string;
  /** What holds for a middleware that passes, or what is measured. */
  title: string;
  /** The number of koa-session's defect that the case shows, in docs/koa-session-defects.md. */
  defect?: number;
  /** Throws a `Failure` unless the title holds. A case that measures something returns it. */
  run: (kit: Kit) => Promise<string | void>;
}

export interface Group {
  name: string;
  /** One sentence, for the document. */
  about: string;
  cases: Case[];
}

export function group(name: string, about: string, cases: Case[]): Group {
  return { name, about, cases };
}

export function testCase(id: string, title: string, run: Case['run']): Case {
  return { id, title, run };
}

/** A case that shows a defect of koa-session. */
export function defect(number: number, id: string, title: string, run: Case['run']): Case {
  return { id, title, defect: number, run };
}
