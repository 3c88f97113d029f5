import Router from '@koa/router';
import type Koa from 'koa';
import { cookieName } from '../http/cookie-name.ts';
import { session } from '../session/index.ts';
import { currentUser } from './current-user.ts';
import { EventLog } from './event-log.ts';
import type { Example, Services, Storage } from './example.ts';
import { pages } from './pages.ts';

interface MountOptions {
  storages: readonly Storage[];
  examples: readonly Example[];
  services: Services;
}

/**
 * Puts each example on each storage: `/memory/views`, `/cookie/views` and so on. Only the routes of an example run its
 * session middleware.
 */
export function mountExamples(app: Koa, { storages, examples, services }: MountOptions): void {
  // The inspector shows internals: it is for learning, not for production.
  const events = services.production ? undefined : new EventLog(app);
  for (const storage of storages) {
    for (const example of examples) {
      const router = new Router();
      router.use(pages({ storages, examples, storage, example, events, services }));
      router.use(session(sessionOptions(storage, example, services), app));
      // A session of the example's own knows of no login.
      if (!example.session) router.use(currentUser(services));
      example.routes(router, { storage: storage.name, base: `/${storage.name}`, services });
      app.use(router.routes());
      app.use(router.allowedMethods());
    }
  }
}

/** Examples that share a session share its cookie; one with a session of its own has a cookie of its own. */
function sessionOptions(storage: Storage, example: Example, services: Services): Storage['options'] {
  const name = example.session ? `${example.name}-${storage.name}` : `session-${storage.name}`;
  return { ...storage.options, ...example.session, key: cookieName(name, services) };
}
