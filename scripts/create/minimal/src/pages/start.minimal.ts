import type Router from '@koa/router';
import { userOf } from '../account/current-user.ts';
import { APP_NAME } from '../views/layout.ts';
import { html } from '../views/html.ts';
import type { Mounting } from './mounting.ts';
import { showPage } from './page.ts';

/** The start page. It looks at the session, and writes nothing into it: who only passes by gets no cookie. */
export function startRoute(router: Router, { base }: Mounting): void {
  router.get(`${base}/`, (ctx) => {
    const user = userOf(ctx);
    showPage(ctx, {
      title: 'Start',
      data: { user: user?.name ?? null },
      main: user
        ? html`<h1>Welcome, ${user.displayName}</h1>
            <div class="actions">
              <a class="button" href="${base}/account">Your account</a>
              <form method="post" action="${base}/logout"><button class="secondary">Log out</button></form>
            </div>`
        : html`<h1>${APP_NAME}</h1>
            <p class="lead">You are not logged in.</p>
            <div class="actions"><a class="button" href="${base}/login">Log in</a></div>`,
    });
  });
}
