import type Router from '@koa/router';
import type { Context } from 'koa';
import { finish, showPage } from '../pages/page.ts';
import { utcTime } from '../views/elements.ts';
import { html, type Html } from '../views/html.ts';
import { againOrEnd, fact } from './elements.ts';

declare module '../session/index.ts' {
  interface SessionData {
    /** When the session of a lifetime example began, ms since 1970. */
    startedAt: number;
  }
}

/** How long sessions of the lifetime examples live, in ms: short enough to watch them end. */
export const SHORT_LIFE = 60_000;

interface LifetimeExample {
  path: string;
  title: string;
  lead: Html;
  now: () => number;
}

/** A page that begins a session at the first visit and then leaves its data alone: only its end may move. */
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
          ${fact('Began', utcTime(startedAt))}
          ${fact('Lives for', `${SHORT_LIFE / 1000} seconds after it was last saved`)}
        </dl>
        ${againOrEnd(path)}`,
    });
  });

  endRoute(router, path);
}

/** Handles the form of `againOrEnd`. */
export function endRoute(router: Router, path: string): void {
  router.post(`${path}/end`, (ctx: Context) => {
    ctx.session = null;
    finish(ctx, path, { ended: true });
  });
}
