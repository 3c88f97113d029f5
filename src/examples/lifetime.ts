import type Router from '@koa/router';
import type { Context } from 'koa';
import { html, type Html } from '../views/html.ts';
import { utcTime } from '../views/elements.ts';
import { finish, showPage } from '../pages/page.ts';

declare module '../session/index.ts' {
  interface SessionData {
    /** When the session of a lifetime example began, ms since 1970. */
    startedAt: number;
  }
}

/** How long sessions of the lifetime examples live, in ms: short enough to be watched. */
export const SHORT_LIFE = 60_000;

interface LifetimeExample {
  path: string;
  title: string;
  lead: Html;
  now: () => number;
}

/** A page whose session begins with the first visit and is then left alone: only its end may move. */
export function lifetimeRoutes(router: Router, { path, title, lead, now }: LifetimeExample): void {
  router.get(path, (ctx: Context) => {
    const isBeginning = ctx.session.startedAt === undefined;
    const startedAt = (ctx.session.startedAt ??= now());
    const age = Math.floor((now() - startedAt) / 1000);
    showPage(ctx, {
      title,
      data: { startedAt: new Date(startedAt).toISOString(), ageSeconds: age },
      main: html`<h1>${title}</h1>
        <p class="lead">${lead}</p>
        <p class="notice" data-testid="age">
          ${isBeginning ? 'Your session has just begun.' : `Your session is ${age} ${age === 1 ? 'second' : 'seconds'} old.`}
        </p>
        <dl class="facts">
          <div>
            <dt>Began</dt>
            <dd>${utcTime(startedAt)}</dd>
          </div>
          <div>
            <dt>Lives for</dt>
            <dd>${SHORT_LIFE / 1000} seconds after it was last saved</dd>
          </div>
        </dl>
        ${lifetimeActions(path)}`,
    });
  });

  endRoute(router, path);
}

/** For pages whose sessions are there to be watched: once more, or no more. */
export function lifetimeActions(path: string): Html {
  return html`<div class="actions">
    <a class="button" href="${path}">Visit again</a>
    <form method="post" action="${path}/end">
      <button class="secondary">End this session</button>
    </form>
  </div>`;
}

/** What the form of `lifetimeActions` asks for. */
export function endRoute(router: Router, path: string): void {
  router.post(`${path}/end`, (ctx: Context) => {
    ctx.session = null;
    finish(ctx, path, { ended: true });
  });
}
