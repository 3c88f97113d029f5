import type Router from '@koa/router';
import type { Services } from '../pages/services.ts';
import type { SessionOptions } from '../session/index.ts';
import type { Storage } from '../storages/storage.ts';
import type { Html } from '../views/html.ts';

/** Pages that show one flow, mounted at `/<storage>/<name>` for each storage. */
export interface Example {
  /** Second part of the path, and the name of the example's folder. */
  name: string;
  title: string;
  /** One or two sentences for the overview. */
  summary: string;
  /** Gives the example its own session; without it all examples of a storage share one. */
  session?: Pick<SessionOptions, 'rolling' | 'renew' | 'maxAge' | 'keys'>;
  /** The pages have no session, so they are mounted once, at `/<name>`. @default false */
  hasNoSession?: true;
  /** More lines for `<head>`. */
  head?: Html;
  /** Paths within the repository of the files to read. */
  source: string[];
  /** The end-to-end test that proves it. */
  test: string;
  /** Adds the routes of the example on one storage. */
  routes(router: Router, mounting: Mounting): void;
}

/** Where routes are mounted. */
export interface Mounting {
  /** Where the sessions live. */
  storage: Storage;
  /** The beginning of the paths, e.g. '/memory'. */
  base: string;
  services: Services;
}
