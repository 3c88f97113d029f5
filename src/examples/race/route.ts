import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'koa';
import type { Session, SessionData } from '../../session/index.ts';
import { finish, showPage } from '../../pages/page.ts';
import { keeperOf, type Storage } from '../../storages/storage.ts';
import { html, type Html } from '../../views/html.ts';
import type { Example } from '../example.ts';

declare module '../../session/index.ts' {
  interface SessionData {
    /** How many requests of each kind the race has sent. */
    raceSent: number;
    /** One for each request that increments. */
    raceCount: number;
  }
}

/** How many requests of each kind are sent at once. */
const REQUESTS = 30;

/** How many of each kind one session takes before it has to be reset. */
const MOST_REQUESTS = 5 * REQUESTS;

/** What is in the session of what was sent. */
interface Arrivals {
  /** Requests of each kind. */
  sent: number;
  increments: number;
  keys: number;
}

/** How long a request is busy between reading and writing, in ms, as with a database. Without it none would overlap. */
const BUSY = 20;

export const race: Example = {
  name: 'race',
  title: 'Race',
  summary: 'Sixty requests change one session at the same time. How many of their changes are still there?',
  // One of its own, so that what is lost in the race is nobody else's.
  session: {},
  source: ['src/examples/race/route.ts', 'public/examples/race.js', 'src/session/conflicts/merge.ts'],
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
        main: racePage(path, storage, result),
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

const WHY = {
  store: html`<p>
      The session is in a store, where the requests meet. One that would save what others have changed since
      it looked is told so, and saves nothing blindly: <code>ctx.session.update</code> runs its change again
      on the fresh data, and keys that were set by plain assignment are merged with those of the others.
    </p>
    <p>
      Run it in two tabs at once, and still nothing is lost. On the cookie storage it is another story: look
      there too.
    </p>`,
  cookie: html`<p>
      Here the browser holds the session. Each request brings the session as it was when it was sent, each
      response carries a whole session back, and the last one to arrive wins: what the others wrote meanwhile
      is lost.
    </p>
    <p>
      No code on the server can help, since the requests meet nowhere: each sees only the cookie that it came
      with. What several requests change at once, and what must not be lost, belongs in a store. There the
      server sees that others were faster; run the same race on another storage.
    </p>`,
};

function racePage(path: string, storage: Storage, result: string): Html {
  return html`<h1>Race</h1>
    <p class="lead">
      A button sends ${REQUESTS} requests that each add one to the same number with
      <code>ctx.session.update</code>, and at the same time ${REQUESTS} that each write a key of their own.
      All are busy for a moment between reading and writing, so that they overlap. Then the session is read
      again: what has arrived?
    </p>
    <p class="notice" role="status" data-race-result>${result}</p>
    <noscript
      ><p>To send that many requests at once takes JavaScript, which is off in this browser.</p></noscript
    >
    <div class="actions">
      <button type="button" data-race="${path}" hidden>Start the race</button>
      <form method="post" action="${path}/reset"><button class="secondary">Reset</button></form>
      <a class="button secondary" href="${path}">Read again</a>
    </div>
    <section aria-labelledby="why">
      <h2 id="why">Why</h2>
      ${WHY[keeperOf(storage)]}
    </section>
    <script src="/examples/race.js" defer></script>`;
}

/** What has become of the requests, as a sentence. */
function resultOf({ sent, increments, keys }: Arrivals, storage: Storage): string {
  if (sent === 0) return 'Nothing was sent yet.';
  const counts = `${increments} of ${sent} increments and ${keys} of ${sent} keys arrived`;
  const areAllThere = increments === sent && keys === sent;
  if (areAllThere) return `${counts}: nothing was lost.`;
  // In a store something is only missing while it is still under way.
  if (keeperOf(storage) === 'store') return `${counts} so far.`;
  return `${counts}: each response carries a whole session, and the last one to arrive wins.`;
}
