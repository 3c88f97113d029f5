import { showPage } from '../../pages/page.ts';
import { html } from '../../views/html.ts';
import { againOrEnd } from '../elements.ts';
import type { Example } from '../example.ts';
import { endRoute } from '../lifetime.ts';

declare module '../../session/index.ts' {
  interface SessionData {
    /** How often the page was seen. */
    views: number;
  }
}

export const views: Example = {
  name: 'views',
  title: 'Page views',
  summary: 'A number that goes up with each visit: the simplest use of a session.',
  source: ['src/examples/views/route.ts', 'src/session/core/decide.ts'],
  test: 'e2e/examples/views/views.spec.ts',

  routes(router, { base }) {
    const path = `${base}/views`;

    router.get(path, (ctx) => {
      const seen = (ctx.session.views ?? 0) + 1;
      ctx.session.views = seen;
      showPage(ctx, {
        title: 'Page views',
        data: { views: seen },
        main: html`<h1>Page views</h1>
          <p class="lead">
            Each visit adds one to <code>ctx.session.views</code>. The browser sends its cookie, by which the
            middleware finds the session. At the end of the request the middleware saves the session, because
            the number has changed. Another browser, or this one without its cookies, starts at one.
          </p>
          <p><span class="huge" data-testid="views">${seen}</span> ${seen === 1 ? 'view' : 'views'}</p>
          ${againOrEnd(path, 'Look again')}`,
      });
    });

    endRoute(router, path);
  },
};
