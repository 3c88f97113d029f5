import type { SessionLibrary } from './side.ts';

/** A check that can be run for one of koa-session's defects, with its number in the list of defects. */
export interface DefectCheck {
  name: string;
  /** Rejects when `library` has the defect. */
  check: (library: SessionLibrary) => Promise<void>;
  /** How koa-session 7.0.2 fails it: a check that fails there for another reason proves nothing. */
  koaSession: RegExp;
}
