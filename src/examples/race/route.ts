import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'koa';
import type { Session, SessionData } from '../../session/index.ts';
import type { Example } from '../example.ts';
import { finish, showPage } from '../../pages/page.ts';
import { type Arrivals, MOST_REQUESTS, racePage, REQUESTS, resultOf } from './pages.ts';

declare module '../../session/index.ts' {
  interface SessionData {
    /** How many requests of each kind the race has sent. */
    raceSent: number;
    /** One for each request that increments. */
    raceCount: number;
  }
}

/** How long a request is busy between reading and writing, in ms, as with a database. Without it none would overlap. */
const BUSY = 20;

export const race: Example = {
  name: 'race',
  title: 'Race',
  summary: 'Sixty requests change one session at the same time. How many of their changes are still there?',
  // One of its own, so that what is lost in the race is nobody else's.
  session: {},
  source: [
    'src/examples/race/route.ts',
    'src/examples/race/pages.ts',
    'public/examples/race.js',
    'src/session/conflicts/merge.ts',
  ],
  test: 'e2e/examples/race/race.spec.ts',

  routes(router, { base, storage }) {
    const path = `${base}/race`;

    router.get(path, (ctx) => {
      // Begins the session, lest two tabs that start at once begin one each.
      ctx.session.raceSent ??= 0;
      const arrivals = arrivalsOf(ctx.session);
      const result = resultOf(arrivals, storage);
      showPage(ctx, {
        title: 'Race',
        data: { ...arrivals, result },
        main: racePage({ path, storage, result }),
      });
    });

    router.post(`${path}/start`, async (ctx) => {
      const first = await ctx.session.update((data) => announce(ctx, data));
      finish(ctx, path, { first, count: REQUESTS });
    });

    router.post(`${path}/increments`, async (ctx) => {
      await sleep(BUSY);
      const count = await ctx.session.update((data) => (data.raceCount = (data.raceCount ?? 0) + 1));
      finish(ctx, path, { count });
    });

    router.post(`${path}/keys/:number`, async (ctx) => {
      const number = Number(ctx.params['number']);
      if (!Number.isInteger(number) || number < 0 || number >= MOST_REQUESTS) ctx.throw(404);
      await sleep(BUSY);
      const key = `race-${number}`;
      // A name that no type declares.
      Object.assign(ctx.session, { [key]: true });
      finish(ctx, path, { key });
    });

    router.post(`${path}/reset`, (ctx) => {
      ctx.session = {};
      finish(ctx, path, { reset: true });
    });
  },
};

/** Counts the requests that are about to come and answers with the number of the first. */
function announce(ctx: Context, data: Partial<SessionData>): number {
  const first = data.raceSent ?? 0;
  // In a cookie there would be no room for many more keys.
  if (first + REQUESTS > MOST_REQUESTS) ctx.throw(409, 'The session is full. Reset it first.');
  data.raceSent = first + REQUESTS;
  return first;
}

function arrivalsOf(session: Session): Arrivals {
  return {
    sent: session.raceSent ?? 0,
    increments: session.raceCount ?? 0,
    keys: Object.keys(session).filter((key) => key.startsWith('race-')).length,
  };
}
