import type { Context, Middleware } from 'koa';
import { userOf } from '../account/current-user.ts';
import { layout, type PageModel } from '../views/layout.ts';
import { type Page, prefersJson, shownPage } from './page.ts';

/** What is put around a page, and into its JSON, beside what every page has. */
export interface Frame extends Pick<PageModel, 'head' | 'navigation' | 'aside'> {
  data?: Record<string, unknown>;
}

interface FrameState {
  /** Asked at the end of the request, when the session is saved. */
  frame?: (ctx: Context) => Frame | Promise<Frame>;
}

/** Puts something around the page of this request. */
export function setFrame(ctx: Context, frame: NonNullable<FrameState['frame']>): void {
  (ctx.state as FrameState).frame = frame;
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
    const page = shownPage(ctx);
    if (page) render(ctx, page, (await (ctx.state as FrameState).frame?.(ctx)) ?? {});
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

/** Who is logged in, for the layout: null if nobody is, undefined where the app's session was not looked at. */
export function shownUser(ctx: Context): PageModel['user'] {
  const user = userOf(ctx);
  if (user) return { name: user.displayName, href: '/account' };
  return 'user' in ctx.state ? null : undefined;
}
