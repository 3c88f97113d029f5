import type { Context, Middleware } from 'koa';
import { userOf } from '../account/current-user.ts';
import type { Html } from '../views/html.ts';
import { layout, type PageModel } from '../views/layout.ts';

/** What a route answers with. {@link renderPages} turns it into HTML or JSON, after the session is saved. */
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
  /** Called at the end of the request, after the session is saved. */
  frame?: (ctx: Context) => Frame | Promise<Frame>;
}

export function showPage(ctx: Context, page: Page): void {
  (ctx.state as PageState).page = page;
  ctx.status = page.status ?? 200;
}

/** Answers a form: a browser is redirected to a page that can be reloaded, a program gets the outcome as JSON. */
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

/** What a page gets beside the layout that every page has, and more members for its JSON. */
export interface Frame extends Pick<PageModel, 'head' | 'navigation' | 'aside'> {
  data?: Record<string, unknown>;
}

/** Sets what the page of this request gets beside the layout. */
export function setFrame(ctx: Context, frame: NonNullable<PageState['frame']>): void {
  (ctx.state as PageState).frame = frame;
}

/**
 * Turns the pages below into responses: HTML, or JSON for a client that prefers it. Responses get `private, no-cache`
 * unless Cache-Control is set already, and `no-store` for a logged-in user.
 *
 * @see RFC 9111, 5.2.2
 */
export function renderPages(): Middleware {
  return async function renderPagesMiddleware(ctx, next) {
    await next();
    ctx.vary('Accept');
    if (userOf(ctx)) ctx.set('Cache-Control', 'no-store');
    else if (!ctx.response.get('Cache-Control')) ctx.set('Cache-Control', 'private, no-cache');
    const { page, frame }: PageState = ctx.state;
    if (page) render(ctx, page, (await frame?.(ctx)) ?? {});
  };
}

function render(ctx: Context, page: Page, { data, ...frame }: Frame): void {
  if (prefersJson(ctx)) {
    ctx.body = { ...page.data, ...data };
    return;
  }
  ctx.type = 'html';
  ctx.body = layout({
    title: page.title,
    path: ctx.path,
    isPrivate: ctx.response.get('Cache-Control') === 'no-store',
    user: shownUser(ctx),
    main: page.main,
    ...frame,
  });
}

/** The logged-in user, for the layout: null if there is none, undefined if the app's session was not read. */
export function shownUser(ctx: Context): PageModel['user'] {
  const user = userOf(ctx);
  if (user) return { name: user.displayName, href: '/account' };
  return 'user' in ctx.state ? null : undefined;
}

/**
 * Keeps the pages below out of every cache, so that Back cannot show them after logout. This includes redirects and
 * errors, and overrides headers that are set below.
 *
 * Chromium still keeps such a page for Back and Forward until its cookies change, so the layout adds
 * `public/private-page.js`, which reloads the page when it comes back.
 *
 * @see RFC 9111 §5.2.2.5, OWASP ASVS 5.0, V14.3.2
 */
export function privatePage(): Middleware {
  return async function privatePageMiddleware(ctx, next) {
    try {
      await next();
    } finally {
      ctx.set('Cache-Control', 'no-store');
    }
  };
}

/**
 * Makes the browser delete what it has of this site at logout: cached pages, those for Back and Forward included, and
 * what scripts have stored (ASVS 5.0, 14.3.1). `"cookies"` is left out: it would also delete the cookies of other hosts of
 * this domain, and the session's own is deleted by name.
 *
 * Browsers obey it only from trustworthy origins, which are https and localhost; elsewhere it is not sent.
 *
 * @see https://www.w3.org/TR/clear-site-data/
 */
export function clearSiteData(ctx: Context): void {
  if (ctx.secure || ctx.hostname === 'localhost') ctx.set('Clear-Site-Data', '"cache", "storage"');
}
