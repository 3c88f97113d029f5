import { html } from '../../views/html.ts';
import type { Example } from '../example.ts';
import { lifetimeRoutes, SHORT_LIFE } from '../lifetime.ts';

export const rolling: Example = {
  name: 'rolling',
  title: 'Rolling',
  summary: 'Every response gives the session its full life again, so it ends a minute after the last visit.',
  session: { rolling: true, maxAge: SHORT_LIFE },
  source: ['src/examples/rolling/route.ts', 'src/examples/lifetime.ts', 'src/session/core/decide.ts'],
  test: 'e2e/examples/rolling/rolling.spec.ts',

  routes(router, { base, services: { now } }) {
    lifetimeRoutes(router, {
      path: `${base}/rolling`,
      title: 'Rolling',
      now,
      lead: html`With <code>rolling: true</code> every response saves the session, even if its data have not
        changed. Each visit moves the end of the session and of its cookie to one minute from now. Stay away
        for longer, and the next visit begins a new session.`,
    });
  },
};
