import { setImmediate as afterEvents } from 'node:timers/promises';
import type { Context, Middleware } from 'koa';
import type { Frame } from '../pages/page.ts';
import type { Services } from '../pages/services.ts';
import type { Storage } from '../storages/storage.ts';
import { html } from '../views/html.ts';
import { inspector, type InspectorModel } from './inspector/inspector.ts';
import type { EventLog } from './event-log.ts';
import type { Example } from './example.ts';
import { inspect } from './inspection.ts';
import { EXAMPLES_HEAD, navigation } from './navigation.ts';

/** What the examples have in common. */
export interface Surroundings {
  services: Services;
  /** The one of the app first. */
  storages: readonly [Storage, ...Storage[]];
  examples: readonly Example[];
  /** For the inspector; without it pages have none. */
  events: EventLog | undefined;
}

/**
 * The navigation and the inspector around a page. The inspector shows what only the end of the request decides: whether
 * the session was saved, and with which cookie.
 *
 * @param of `storage` is where the session of the page lives; without it the page has no session. `example` is the one
 *   that the page belongs to, if it is not a page of the app
 */
export function frameOf(
  { storages, examples, events, services }: Surroundings,
  { storage, example }: { storage?: Storage; example?: Example },
): (ctx: Context) => Promise<Frame> {
  return async (ctx) => {
    const frame: Frame = {
      head: html`${EXAMPLES_HEAD}${example?.head}`,
      navigation: navigation({ path: ctx.path, storage, storages, examples, example }),
    };
    if (!events || !storage) return frame;
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
