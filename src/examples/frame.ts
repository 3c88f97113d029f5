import { setImmediate as afterEvents } from 'node:timers/promises';
import type { Context, Middleware } from 'koa';
import type { Frame } from '../pages/page.ts';
import type { Services } from '../pages/services.ts';
import type { Storage } from '../storages/storage.ts';
import { html, type Html } from '../views/html.ts';
import type { EventLog } from './event-log.ts';
import type { Example } from './example.ts';
import { inspect } from './inspection.ts';
import { inspector, type InspectorModel } from './inspector/inspector.ts';

/** What all examples share. */
export interface Surroundings {
  services: Services;
  /** The app's own storage comes first. */
  storages: readonly [Storage, ...Storage[]];
  examples: readonly Example[];
  /** For the inspector; undefined: no page has one. */
  events: EventLog | undefined;
}

/** The storage and the example of a page. */
export interface Belonging {
  /** Where the session of the page lives; undefined: it has none. */
  storage?: Storage | undefined;
  /** The example of the page; undefined: it is a page of the app. */
  example?: Example;
}

/** Path of the page that lists the examples. */
export const OVERVIEW = '/examples';

/**
 * The navigation and the inspector around a page. The inspector shows what only the end of the request decides: whether
 * the session was saved, and with which cookie.
 */
export function frameOf(surroundings: Surroundings, page: Belonging): (ctx: Context) => Promise<Frame> {
  const { events, services } = surroundings;
  const { storage, example } = page;
  return async (ctx) => {
    const frame: Frame = {
      head: html`<link rel="stylesheet" href="/examples/style.css" />
        <script src="/examples/inspector.js" defer></script>
        ${example?.head}`,
      navigation: html`${exampleLinks(ctx.path, surroundings, page)}
      ${storage && example && storageSwitch(ctx.path, surroundings, storage)}`,
    };
    if (!events || !storage) return frame;
    // Session events are emitted after the current work.
    await afterEvents();
    const inspected = inspect(ctx, { storage, events: events.take(ctx), now: services.now() });
    const code = services.local ? example : undefined;
    return {
      ...frame,
      aside: inspector(inspected, code),
      data: { inspector: summaryOf(inspected, storage.name) },
    };
  };
}

/** Passes the events of a redirect on to the page that it leads to. */
export function carryEvents(events: EventLog): Middleware {
  return async function carryEventsMiddleware(ctx, next) {
    await next();
    if (ctx.status !== 303) return;
    await afterEvents();
    events.carry(ctx);
  };
}

function exampleLinks(
  path: string,
  { examples, storages }: Surroundings,
  { storage, example }: Belonging,
): Html {
  const on = (example && storage) ?? storages[0];
  const links = examples.map((one) => {
    const href = one.hasNoSession ? `/${one.name}` : `/${on.name}/${one.name}`;
    return link(href, one.title, one === example && html`aria-current="page"`);
  });
  return html`<nav class="examples" aria-label="Examples">
    <ul>
      ${link(OVERVIEW, 'Examples', path === OVERVIEW && html`aria-current="page"`)} ${links}
    </ul>
  </nav>`;
}

/** Links to the same page on each storage. */
function storageSwitch(path: string, { storages }: Surroundings, storage: Storage): Html {
  const rest = path.split('/').slice(2).join('/');
  return html`<nav class="switch" aria-labelledby="switch-label">
    <span id="switch-label">Storage</span>
    <ul>
      ${storages.map(({ name, title }) =>
        link(`/${name}/${rest}`, title, name === storage.name && html`aria-current="true"`),
      )}
    </ul>
  </nav>`;
}

function link(href: string, title: string, current: Html | false): Html {
  return html`<li>
    <a href="${href}" ${current}>${title}</a>
  </li>`;
}

function summaryOf(model: InspectorModel, storage: Storage['name']): object {
  const { isNew, data, fingerprint, cookieBytes, expiresAt, why } = model;
  const end = expiresAt && new Date(expiresAt).toISOString();
  const events = model.events.map(({ name }) => name);
  return { storage, isNew, data, fingerprint, cookieBytes, expiresAt: end, why, events };
}
