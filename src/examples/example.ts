import type Router from '@koa/router';
import type { Mounting } from '../pages/mounting.ts';
import type { SessionOptions } from '../session/index.ts';

/** One flow on pages of its own, mounted at `/<storage>/<name>` for each storage. */
export interface Example {
  /** Second part of the path, and the name of the example's folder. */
  name: string;
  title: string;
  /** One or two sentences for the start page. */
  summary: string;
  /** Makes the example's session one of its own; without it all examples of a storage share one. */
  session?: Pick<SessionOptions, 'rolling' | 'renew' | 'maxAge' | 'keys'>;
  /** Paths within the repository of the files to read. */
  source: string[];
  /** The end-to-end test that proves it. */
  test: string;
  /** Adds the routes of the example on one storage. */
  routes(router: Router, mounting: Mounting): void;
}
