import { setImmediate as afterEvents } from 'node:timers/promises';
import type { Context, Middleware } from 'koa';
import { inspector } from '../views/inspector.ts';
import { layout } from '../views/layout.ts';
import type { EventLog } from './event-log.ts';
import type { Example, Services, Storage } from './example.ts';
import { inspect } from './inspection.ts';
import { type Page, prefersJson, shownPage, userOf } from './page.ts';

interface PagesOptions {
  storages: readonly Storage[];
  examples: readonly Example[];
  storage: Storage;
  example: Example;
  /** For the inspector; without it pages have none. */
  events: EventLog | undefined;
  services: Services;
}

/**
 * Turns what the routes below show into a response. It stands outside the session middleware, since the inspector
 * shows what only the end of the request decides: whether the session was saved, and with which cookie.
 */
export function pages(options: PagesOptions): Middleware {
  const { events } = options;
  return async function pagesMiddleware(ctx, next) {
    await next();
    ctx.vary('Accept');
    const page = shownPage(ctx);
    // Session events come after the current work.
    if (events) await afterEvents();
    if (page) render(ctx, page, options);
    else if (ctx.status === 303) events?.carry(ctx);
  };
}

function render(ctx: Context, page: Page, options: PagesOptions): void {
  const { storage, storages, example, examples, events, services } = options;
  const inspected =
    events && inspect(ctx, { storage, example, events: events.take(ctx), now: services.now() });
  if (prefersJson(ctx)) {
    ctx.body = { ...page.data, ...(inspected && { inspector: summaryOf(inspected) }) };
    return;
  }
  const user = userOf(ctx);
  ctx.type = 'html';
  ctx.body = layout({
    title: page.title,
    path: ctx.path,
    storage: storage.name,
    storages: storages.map(({ name }) => name),
    examples,
    example: example.name,
    isPrivate: ctx.response.get('Cache-Control') === 'no-store',
    ...(user && { user: { name: user.displayName, href: `/${storage.name}/account` } }),
    main: page.main,
    ...(inspected && { inspector: inspector(inspected) }),
  });
}

function summaryOf({
  storage,
  isNew,
  data,
  fingerprint,
  cookieBytes,
  expiresAt,
  why,
  events,
}: Inspected): object {
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

type Inspected = ReturnType<typeof inspect>;
