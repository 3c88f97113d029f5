import Router from '@koa/router';
import type Koa from 'koa';
import { currentUser } from '../account/current-user.ts';
import type { Services } from '../pages/mounting.ts';
import { renderPages } from '../pages/render.ts';
import { session } from '../session/index.ts';
import type { Storage } from '../storages.ts';
import { EventLog } from './event-log.ts';
import type { Example } from './example.ts';
import { carryEvents, frameOf } from './frame.ts';
import { labPages } from './lab/route.ts';
import { sourcePages } from './source.ts';
import { startPage } from './start-page.ts';

interface MountOptions {
  storages: readonly Storage[];
  examples: readonly Example[];
  services: Services;
  /** The folder of the app, from which the source pages read. */
  root: string;
}

/**
 * The start page, the lab, the source pages, and each example on each storage: `/memory/views`, `/cookie/views` and so
 * on. Only the routes of an example run its session middleware.
 */
export function mountExamples(app: Koa, { storages, examples, services, root }: MountOptions): void {
  const names = storages.map(({ name }) => name);
  startPage(app, { storages: names, examples });
  labPages(app, { services, storages: names, examples });
  if (services.local) sourcePages(app, { root, examples, storages: names });
  // The inspector shows internals: it is for learning, not for production.
  const events = services.production ? undefined : new EventLog(app, services.cookieName('inspector'));
  for (const storage of storages) {
    for (const example of examples) {
      const router = new Router();
      const base = `/${storage.name}`;
      // Outside the session middleware: what they show is known when the session is saved.
      if (events) router.use(carryEvents(events));
      const frame = frameOf({ storages, examples, storage, example, events, services });
      router.use(renderPages({ account: `${base}/account`, frame }));
      router.use(session(sessionOptions(storage, example, services), app));
      // A session of the example's own knows of no login.
      if (!example.session) router.use(currentUser(services));
      example.routes(router, { storage: storage.name, base, services });
      app.use(router.routes());
      app.use(router.allowedMethods());
    }
  }
}

/** Examples that share a session share its cookie; one with a session of its own has a cookie of its own. */
function sessionOptions(storage: Storage, example: Example, services: Services): Storage['options'] {
  const name = example.session ? `${example.name}-${storage.name}` : `session-${storage.name}`;
  return { ...storage.options, ...example.session, key: services.cookieName(name), strict: true };
}
