import type { SessionLibrary } from './side.ts';

/** One of koa-session's defects (the numbers are those of the list of them), as something that can be run. */
export interface DefectCheck {
  name: string;
  /** Rejects when `library` has the defect. */
  check: (library: SessionLibrary) => Promise<void>;
  /** How koa-session 7.0.2 fails it: a check that fails there for another reason proves nothing. */
  koaSession: RegExp;
}
