import { html } from '../../views/html.ts';
import type { Example } from '../example.ts';
import { lifetimeRoutes, SHORT_LIFE } from '../lifetime.ts';

export const renew: Example = {
  name: 'renew',
  title: 'Renew',
  summary: 'Like rolling, but a visit extends the session only in the second half of its life: fewer writes.',
  session: { renew: true, maxAge: SHORT_LIFE },
  source: ['src/examples/renew/route.ts', 'src/examples/lifetime.ts', 'src/session/core/decide.ts'],
  test: 'e2e/examples/renew/renew.spec.ts',

  routes(router, { base, services: { now } }) {
    lifetimeRoutes(router, {
      path: `${base}/renew`,
      title: 'Renew',
      now,
      lead: html`With <code>renew: true</code> a visit in the first half minute changes nothing and sends no
        cookie. A visit in the second half gives the session its full minute again. A visitor who keeps coming
        keeps the session, with far fewer writes than rolling needs.`,
    });
  },
};
