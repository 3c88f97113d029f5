import Router from '@koa/router';
import type Koa from 'koa';
import { setFrame } from '../pages/page.ts';
import type { Services } from '../pages/services.ts';
import { session } from '../session/index.ts';
import { openCookie } from '../storages/cookie.ts';
import { openMemory } from '../storages/memory.ts';
import type { Storage } from '../storages/storage.ts';
import { EventLog } from './event-log.ts';
import type { Example } from './example.ts';
import { examples } from './examples.ts';
import { carryEvents, frameOf, type Surroundings } from './frame.ts';
import { examplePages } from './pages.ts';

/**
 * Mounts each example on each storage: `/memory/views`, `/cookie/views` and so on, with separate sessions. The overview is
 * at `/examples`. All pages below, those of the app included, get the navigation, and outside production the inspector.
 */
export function mountExamples(app: Koa, services: Services): void {
  const surroundings: Surroundings = {
    services,
    storages: storagesOf(services),
    examples: Object.values(examples),
    // The inspector shows internals, so it is not for production.
    events: services.production ? undefined : new EventLog(app, services.cookieName('inspector')),
  };
  if (surroundings.events) app.use(carryEvents(surroundings.events));
  app.use(async (ctx, next) => {
    setFrame(ctx, frameOf(surroundings, { storage: services.storage }));
    await next();
  });
  examplePages(app, surroundings);
  for (const example of surroundings.examples) {
    const storages = example.hasNoSession ? [undefined] : surroundings.storages;
    for (const storage of storages) mount(app, surroundings, { example, storage });
  }
}

/** The storage of the app first, then one for comparison. */
function storagesOf({ storage, production, now }: Services): [Storage, ...Storage[]] {
  const surroundings = { config: { production }, now };
  if (storage.name === 'cookie') return [storage, openMemory(surroundings)];
  const cookie = openCookie(surroundings);
  const { revocations = cookie.options.revocations } = storage;
  return [storage, { ...cookie, options: { ...cookie.options, revocations } }];
}

interface Mounted {
  example: Example;
  storage: Storage | undefined;
}

/** Only the routes of the example run its session middleware, if it has any. */
function mount(app: Koa, surroundings: Surroundings, { example, storage }: Mounted): void {
  const { services, storages } = surroundings;
  const router = new Router();
  router.use(async (ctx, next) => {
    setFrame(ctx, frameOf(surroundings, { example, storage }));
    await next();
  });
  if (storage) {
    // Examples that share a session share its cookie; one with its own session has its own cookie.
    const name = example.session ? `${example.name}-${storage.name}` : `examples-${storage.name}`;
    router.use(session({ ...storage.options, ...example.session, key: services.cookieName(name) }, app));
  }
  const base = storage ? `/${storage.name}` : '';
  example.routes(router, { base, storage: storage ?? storages[0], services });
  app.use(router.routes());
  app.use(router.allowedMethods());
}
