import { html, type Html } from './html.ts';

export type StorageName = 'memory' | 'cookie' | 'redis';

/** Whether the server keeps the sessions of a storage, or their cookies do. */
export function keeperOf(storage: StorageName): 'store' | 'cookie' {
  return storage === 'cookie' ? 'cookie' : 'store';
}

/** How a storage is called on the pages. */
export const STORAGE_LABELS: Record<StorageName, string> = {
  memory: 'Memory',
  cookie: 'Cookie',
  redis: 'Redis',
};

export interface PageModel {
  /** In the browser's tab, before the name of the project. `main` carries its own `<h1>`. */
  title: string;
  /** Path of the request without its query, e.g. '/memory/views'. */
  path: string;
  /** The storage this page runs on; absent on pages that have none, which then show no switch. */
  storage?: StorageName;
  /** Those that can be switched between, the default one first. */
  storages: readonly StorageName[];
  /** The navigation; `name` is the second part of the path. */
  examples: readonly { name: string; title: string }[];
  /** Name of the example that the page belongs to. */
  example?: string;
  /** Whether the page is only for who is logged in: brought back by Back or Forward, it is loaded again. */
  isPrivate?: boolean;
  /** Who is logged in, and the page that says more. */
  user?: { name: string; href: string };
  main: Html;
  inspector?: Html;
}

const DESCRIPTION =
  'A Koa starter whose sessions are right, with pages that show what a session really does.';

/** The whole HTML document around a page. It holds no inline script or style, so a strict CSP can stand. */
export function layout(page: PageModel): string {
  const { title, main, inspector, isPrivate } = page;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title} · Koa sessions</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="description" content="${DESCRIPTION}" />
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/style.css" />
        <script src="/inspector.js" defer></script>
        ${isPrivate && html`<script src="/private-page.js" defer></script>`}
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header class="site">
          <div class="bar">
            <a class="brand" href="/"><img src="/favicon.svg" alt="" width="24" height="24" />Koa sessions</a>
            ${navigation(page)} ${storageSwitch(page)} ${whoIsHere(page)}
          </div>
        </header>
        <div class="${inspector ? 'columns' : 'column'}">
          <main id="main" tabindex="-1">${main}</main>
          ${inspector && html`<aside class="inspector" aria-labelledby="inspector-title">${inspector}</aside>`}
        </div>
        <footer class="site">
          <p>
            A Koa starter. The session middleware is one folder, <code>src/session/</code>: copy it into any
            app.
          </p>
        </footer>
      </body>
    </html>`.toString();
}

function navigation({ example, storage, storages, examples }: PageModel): Html | false {
  const on = storage ?? storages[0];
  if (examples.length === 0 || on === undefined) return false;
  const links = examples.map(({ name, title }) => {
    return html`<li>
      <a href="/${on}/${name}" ${name === example && html`aria-current="page"`}>${title}</a>
    </li>`;
  });
  return html`<nav class="examples" aria-label="Examples">
    <ul>
      ${links}
    </ul>
  </nav>`;
}

function storageSwitch({ path, storage, storages }: PageModel): Html | false {
  if (storage === undefined || storages.length < 2) return false;
  // On a sub-page, such as the account page, the other storage may have nobody logged in: the app sends them to its login.
  const rest = path.split('/').slice(2).join('/');
  const links = storages.map(
    (name) =>
      html`<li>
        <a href="/${name}/${rest}" ${name === storage && html`aria-current="true"`}
          >${STORAGE_LABELS[name]}</a
        >
      </li>`,
  );
  return html`<nav class="switch" aria-labelledby="switch-label">
    <span id="switch-label">Storage</span>
    <ul>
      ${links}
    </ul>
  </nav>`;
}

function whoIsHere({ user }: PageModel): Html | undefined {
  return user && html`<p class="user">Logged in as <a href="${user.href}">${user.name}</a></p>`;
}
