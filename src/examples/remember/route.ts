import { formField } from '../../http/body.ts';
import { finish, showPage } from '../../pages/page.ts';
import { utcTime } from '../../views/elements.ts';
import { html, type Html } from '../../views/html.ts';
import { againOrEnd, duration, fact } from '../elements.ts';
import type { Example } from '../example.ts';
import { endRoute, SHORT_LIFE } from '../lifetime.ts';

/** How long a session lives if its visitor is remembered, in ms. */
export const LONG_LIFE = 14 * 24 * 60 * 60 * 1000;

export const remember: Example = {
  name: 'remember',
  title: 'Remember me',
  summary: `A checkbox gives one session a longer life than the others: ${duration(LONG_LIFE)} instead of a minute.`,
  session: { rolling: true, maxAge: SHORT_LIFE },
  source: ['src/examples/remember/route.ts', 'src/session/core/life.ts'],
  test: 'e2e/examples/remember/remember.spec.ts',

  routes(router, { base, services: { now } }) {
    const path = `${base}/remember`;

    router.get(path, async (ctx) => {
      const { startedAt } = ctx.session;
      if (startedAt === undefined) {
        return showPage(ctx, {
          title: 'Remember me',
          data: { started: false },
          main: beginningPage(path),
        });
      }
      // Saved now, because the page shows the end that this visit gives the session.
      await ctx.session.manuallyCommit();
      const { expiresAt, maxAge } = ctx.session;
      const isRemembered = maxAge === LONG_LIFE;
      showPage(ctx, {
        title: 'Remember me',
        data: { started: true, isRemembered, endsAt: expiresAt && new Date(expiresAt).toISOString() },
        main: html`${LEAD}
          <p class="notice" data-testid="choice">
            ${isRemembered ? `You chose to be remembered for ${duration(LONG_LIFE)}.` : 'You chose not to be remembered.'}
          </p>
          <dl class="facts">
            ${fact('Began', utcTime(startedAt))}
            ${fact('Lives for', `${duration(isRemembered ? LONG_LIFE : SHORT_LIFE)} after the last visit`)}
            ${fact('Ends', expiresAt === undefined ? 'when the browser closes' : utcTime(expiresAt), 'end')}
          </dl>
          ${againOrEnd(path)}
          <p class="muted">
            No session lives forever: <code>absoluteMaxAge</code> ends each one, even if its visitor keeps
            coming back.
          </p>`,
      });
    });

    router.post(path, (ctx) => {
      const isRemembered = formField(ctx, 'remember') === 'yes';
      ctx.session.startedAt = now();
      // Saved with this session and for no other. A login would also call regenerate() here.
      ctx.session.maxAge = isRemembered ? LONG_LIFE : SHORT_LIFE;
      finish(ctx, path, { isRemembered });
    });

    endRoute(router, path);
  },
};

const LEAD = html`<h1>Remember me</h1>
  <p class="lead">
    Sessions of this page end ${duration(SHORT_LIFE)} after the last visit. For a visitor who ticks the box,
    the server sets <code>ctx.session.maxAge = ${LONG_LIFE}</code>, which is ${duration(LONG_LIFE)}, for that
    session only. Each visit gives it ${duration(LONG_LIFE)} again, and closing the browser does not end it.
  </p>`;

/** There is no session yet. */
function beginningPage(path: string): Html {
  return html`${LEAD}
    <form class="stack" method="post" action="${path}">
      <label class="choice">
        <input type="checkbox" name="remember" value="yes" />
        Remember me for ${duration(LONG_LIFE)} on this device
      </label>
      <div class="actions"><button>Start a session</button></div>
    </form>
    <p class="muted">On a device that others use too, leave the box empty.</p>`;
}
