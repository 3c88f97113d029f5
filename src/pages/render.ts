import type { Context, Middleware } from 'koa';
import { userOf } from '../account/current-user.ts';
import { layout, type PageModel } from '../views/layout.ts';
import { type Page, prefersJson, shownPage } from './page.ts';

/** What is put around a page, and into its JSON, beside what every page has. */
export interface Frame extends Pick<PageModel, 'head' | 'navigation' | 'aside'> {
  data?: Record<string, unknown>;
}

interface RenderOptions {
  /** Path of the account page, to which the name of who is logged in leads. */
  account: string;
  /** Asked at the end of the request, when the session is saved. */
  frame?: (ctx: Context) => Frame | Promise<Frame>;
}

/**
 * Turns the pages of the routes below into responses: HTML, or JSON for a client that prefers it. Responses get
 * `private, no-cache` unless Cache-Control is set already, and `no-store` for a logged-in user.
 *
 * @see RFC 9111, 5.2.2
 */
export function renderPages({ account, frame = () => ({}) }: RenderOptions): Middleware {
  return async function renderPagesMiddleware(ctx, next) {
    await next();
    ctx.vary('Accept');
    if (userOf(ctx)) ctx.set('Cache-Control', 'no-store');
    else if (!ctx.response.get('Cache-Control')) ctx.set('Cache-Control', 'private, no-cache');
    const page = shownPage(ctx);
    if (page) render(ctx, page, account, await frame(ctx));
  };
}

function render(ctx: Context, page: Page, account: string, { data, ...frame }: Frame): void {
  if (prefersJson(ctx)) {
    ctx.body = { ...page.data, ...data };
    return;
  }
  const user = userOf(ctx);
  ctx.type = 'html';
  ctx.body = layout({
    title: page.title,
    isPrivate: ctx.response.get('Cache-Control') === 'no-store',
    ...(user && { user: { name: user.displayName, href: account } }),
    main: page.main,
    ...frame,
  });
}
