import type { Context } from 'koa';
import type { Html } from '../views/html.ts';

/** What a route answers with. {@link renderPages} makes it HTML or JSON, once the session is saved. */
export interface Page {
  title: string;
  main: Html;
  /** The same as JSON, for `Accept: application/json`. */
  data: Record<string, unknown>;
  /** @default 200 */
  status?: number;
}

interface PageState {
  page?: Page;
}

export function showPage(ctx: Context, page: Page): void {
  (ctx.state as PageState).page = page;
  ctx.status = page.status ?? 200;
}

export function shownPage(ctx: Context): Page | undefined {
  return (ctx.state as PageState).page;
}

/** After a form was sent: a browser goes on to a page that can be reloaded, a program gets the outcome as JSON. */
export function finish(ctx: Context, next: string, outcome: Record<string, unknown>): void {
  if (prefersJson(ctx)) {
    ctx.body = { ...outcome, next };
    return;
  }
  ctx.status = 303;
  ctx.redirect(next);
}

export function prefersJson(ctx: Context): boolean {
  return ctx.accepts('html', 'json') === 'json';
}
