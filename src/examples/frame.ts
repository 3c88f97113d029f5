import { setImmediate as afterEvents } from 'node:timers/promises';
import type { Context, Middleware } from 'koa';
import type { Services } from '../pages/mounting.ts';
import type { Frame } from '../pages/render.ts';
import type { Storage } from '../storages.ts';
import { inspector, type InspectorModel } from '../views/inspector.ts';
import type { EventLog } from './event-log.ts';
import type { Example } from './example.ts';
import { inspect } from './inspection.ts';
import { EXAMPLES_HEAD, navigation } from './navigation.ts';

interface FrameOptions {
  storages: readonly Storage[];
  examples: readonly Example[];
  storage: Storage;
  example: Example;
  /** For the inspector; without it pages have none. */
  events: EventLog | undefined;
  services: Services;
}

/**
 * The navigation and the inspector around the pages of an example. The inspector shows what only the end of the request
 * decides: whether the session was saved, and with which cookie.
 */
export function frameOf(options: FrameOptions): (ctx: Context) => Promise<Frame> {
  const { storages, examples, storage, example, events, services } = options;
  return async (ctx) => {
    const frame: Frame = {
      head: EXAMPLES_HEAD,
      navigation: navigation({
        path: ctx.path,
        storage: storage.name,
        storages: storages.map(({ name }) => name),
        examples,
        example: example.name,
      }),
    };
    if (!events) return frame;
    // Session events come after the current work.
    await afterEvents();
    const inspected = inspect(ctx, {
      storage,
      example,
      events: events.take(ctx),
      now: services.now(),
      showsSource: services.local,
    });
    return {
      ...frame,
      aside: inspector(inspected),
      data: { inspector: summaryOf(inspected, storage.name) },
    };
  };
}

/** Keeps the events of a redirect for the page that it leads to. */
export function carryEvents(events: EventLog): Middleware {
  return async function carryEventsMiddleware(ctx, next) {
    await next();
    if (ctx.status !== 303) return;
    await afterEvents();
    events.carry(ctx);
  };
}

function summaryOf(
  { isNew, data, fingerprint, cookieBytes, expiresAt, why, events }: InspectorModel,
  storage: Storage['name'],
): object {
  return {
    storage,
    isNew,
    data,
    fingerprint,
    cookieBytes,
    expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
    why,
    events: events.map(({ name }) => name),
  };
}
