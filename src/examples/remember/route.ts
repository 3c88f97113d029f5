import { formField } from '../../http/body.ts';
import type { Example } from '../example.ts';
import { duration } from '../duration.ts';
import { endRoute, SHORT_LIFE } from '../lifetime.ts';
import { finish, showPage } from '../../pages/page.ts';
import { beginningPage, LONG_LIFE, rememberedPage } from './pages.ts';

export const remember: Example = {
  name: 'remember',
  title: 'Remember me',
  summary: `A checkbox gives one session a longer life than the others: ${duration(LONG_LIFE)} instead of a minute.`,
  session: { rolling: true, maxAge: SHORT_LIFE },
  source: ['src/examples/remember/route.ts', 'src/examples/remember/pages.ts', 'src/session/core/life.ts'],
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
      // Saved now, since the page names the end that this visit gives the session.
      await ctx.session.manuallyCommit();
      const { expiresAt, maxAge } = ctx.session;
      const isRemembered = maxAge === LONG_LIFE;
      showPage(ctx, {
        title: 'Remember me',
        data: { started: true, isRemembered, endsAt: expiresAt && new Date(expiresAt).toISOString() },
        main: rememberedPage({ path, isRemembered, startedAt, endsAt: expiresAt }),
      });
    });

    router.post(path, (ctx) => {
      const isRemembered = formField(ctx, 'remember') === 'yes';
      ctx.session.startedAt = now();
      // It stays with this session, whatever the others have. A login would also call regenerate() here.
      ctx.session.maxAge = isRemembered ? LONG_LIFE : SHORT_LIFE;
      finish(ctx, path, { isRemembered });
    });

    endRoute(router, path);
  },
};
