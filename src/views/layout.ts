import type { ErrorPage } from '../http/errors.ts';
import { codeBlock } from './elements.ts';
import { html, type Html } from './html.ts';

/** What the app is called on its pages. */
export const APP_NAME = 'Koa sessions';

/** Links in the bar at the top, beside the name of the app. Pages of your own go here. */
const LINKS: PageLink[] = [];

interface PageLink {
  /** Path of the page. */
  href: string;
  title: string;
}

export interface PageModel {
  /** In the browser's tab, before the name of the app. `main` carries its own `<h1>`. */
  title: string;
  /** More lines for `<head>`. */
  head?: Html;
  /** Path of the page, which marks its link as the current one. */
  path?: string;
  /** More for the bar at the top. */
  navigation?: Html;
  /** Whether the page is for a logged-in user only: then Back and Forward reload it. */
  isPrivate?: boolean;
  /** The logged-in user and their page; null: a link to the login; undefined: neither, as on pages without a session. */
  user?: { name: string; href: string } | null;
  main: Html;
  /** Stands beside `main`, as its complement. */
  aside?: Html;
}

/** The whole HTML document around a page. It has no inline script or style, so that a strict CSP works. */
export function layout({ title, head, path, navigation, isPrivate, user, main, aside }: PageModel): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title} · ${APP_NAME}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="description" content="${APP_NAME}: a Koa app with sessions and login." />
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/style.css" />
        ${head} ${isPrivate && html`<script src="/private-page.js" defer></script>`}
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header>
          <a class="brand" href="/"><img src="/favicon.svg" alt="" width="24" height="24" />${APP_NAME}</a>
          ${pageLinks(LINKS, path)} ${navigation}
          ${user && html`<p class="user">Logged in as <a href="${user.href}">${user.name}</a></p>`}
          ${user === null && html`<p class="user"><a href="/login">Log in</a></p>`}
        </header>
        <div class="page">
          <main id="main" tabindex="-1">${main}</main>
          ${aside}
        </div>
        <footer>
          <p>${APP_NAME}</p>
        </footer>
      </body>
    </html>`.toString();
}

/** The links in the bar at the top, with that of the page at `path` marked; false if there are none. */
export function pageLinks(links: readonly PageLink[], path: string | undefined): Html | false {
  if (links.length === 0) return false;
  return html`<nav aria-label="Pages">
    <ul>
      ${links.map(
        ({ href, title }) =>
          html`<li><a href="${href}" ${href === path && html`aria-current="page"`}>${title}</a></li>`,
      )}
    </ul>
  </nav>`;
}

/** `head`, `navigation` and `user` are those of the layout, so that the page looks like the others. */
type ErrorModel = ErrorPage & Pick<PageModel, 'head' | 'navigation' | 'user'>;

/** The page of an error. It needs only its model, since anything else may be what failed. */
export function errorPage({ status, title, message, requestId, detail, ...around }: ErrorModel): string {
  const main = html`<p class="huge" aria-hidden="true">${status}</p>
    <h1>${title}</h1>
    <p class="lead">${message}</p>
    <p class="actions"><a class="button" href="/">Go to the start page</a></p>
    ${requestId && html`<p class="muted">Request <code>${requestId}</code> is in the server's log.</p>`}
    ${
      detail &&
      html`<h2>Only shown on this machine, outside production</h2>
        ${codeBlock(detail, 'Stack of the error')}`
    }`;
  return layout({ ...around, title: `${status} ${title}`, main });
}
