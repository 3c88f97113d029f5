import type Router from '@koa/router';
import { userOf } from '../account/current-user.ts';
import { APP_NAME } from '../views/layout.ts';
import { html } from '../views/html.ts';
import { showPage } from './page.ts';
import type { Services } from './services.ts';

/** The start page. It reads the session and writes nothing into it, so a visitor gets no cookie. */
export function startPage(router: Router, { local, storage }: Services): void {
  router.get('/', (ctx) => {
    const user = userOf(ctx);
    showPage(ctx, {
      title: 'Start',
      data: { user: user?.name ?? null },
      main: html`<h1>${APP_NAME}</h1>
        ${
          user
            ? html`<p class="lead">Welcome, ${user.displayName}.</p>
                <div class="actions">
                  <a class="button" href="/account">Your account</a>
                  <form method="post" action="/logout"><button class="secondary">Log out</button></form>
                </div>`
            : html`<p class="lead">You are not logged in.</p>
                <div class="actions"><a class="button" href="/login">Log in</a></div>`
        }
        ${local && nextSteps(storage.name)}`,
    });
  });
}

/** Shown only on the developer's machine. */
function nextSteps(storage: string) {
  return html`<h2>Your first page</h2>
    <p>
      Write it as a file in <code>src/pages/</code>, like <code>start-page.ts</code> for this page, and add a
      line for it to <code>routes.ts</code>. README.md leads to a complete example with tests.
    </p>
    <p>
      <code>SESSION_STORE=${storage}</code> in <code>.env</code> sets where sessions live, and
      <code>src/users.ts</code> sets who can log in.
    </p>`;
}
