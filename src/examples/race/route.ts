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

/** How many requests were sent, and how many of their changes are in the session. */
interface Arrivals {
  /** Requests of each kind. */
  sent: number;
  increments: number;
  keys: number;
}

/** How long a request is busy between reading and writing, in ms, as with a database. Without it none overlap. */
const BUSY = 20;

export const race: Example = {
  name: 'race',
  title: 'Race',
  summary: 'Sixty requests change one session at the same time. How many of the changes are saved?',
  // Its own session, so that the race loses no changes of other examples.
  session: {},
  source: ['src/examples/race/route.ts', 'public/examples/race.js', 'src/session/conflicts/merge.ts'],
  test: 'e2e/examples/race/race.spec.ts',

  routes(router, { base, storage }) {
    const path = `${base}/race`;

    router.get(path, (ctx) => {
      // Begins the session, so that two tabs that start at once share it.
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

/** Counts the requests that will follow and returns the number of the first. */
function announce(ctx: Context, data: Partial<SessionData>): number {
  const first = data.raceSent ?? 0;
  // A cookie has no room for many more keys.
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
      The session is in a store, which refuses to overwrite a change that the request has not seen. Then
      <code>ctx.session.update</code> runs its function again on the new data, and keys that were set by plain
      assignment are merged with those of the other requests.
    </p>
    <p>
      Nothing is lost even if you run it in two tabs at once. On the cookie storage changes are lost: try it
      there too.
    </p>`,
  cookie: html`<p>
      Here the cookie has the whole session. Each request brings the session as it was when the request was
      sent, and each response carries a whole session back. The last response to arrive wins, and the changes
      of the others are lost.
    </p>
    <p>
      No code on the server can prevent this, since each request sees only its own cookie. Data that several
      requests may change at once, and that must not be lost, belongs in a store, where the server sees the
      conflict. Run the same race on another storage.
    </p>`,
};

function racePage(path: string, storage: Storage, result: string): Html {
  return html`<h1>Race</h1>
    <p class="lead">
      The button sends ${REQUESTS} requests that each add one to the same number with
      <code>ctx.session.update</code>, and at the same time ${REQUESTS} that each set a key of their own. All
      of them pause between reading and writing, so they overlap. Then the page reads the session again: which
      changes have arrived?
    </p>
    <p class="notice" role="status" data-race-result>${result}</p>
    <noscript
      ><p>Sending that many requests at once needs JavaScript, which is off in this browser.</p></noscript
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

/** How many of the changes have arrived, as a sentence. */
function resultOf({ sent, increments, keys }: Arrivals, storage: Storage): string {
  if (sent === 0) return 'Nothing was sent yet.';
  const counts = `${increments} of ${sent} increments and ${keys} of ${sent} keys arrived`;
  const areAllThere = increments === sent && keys === sent;
  if (areAllThere) return `${counts}: nothing was lost.`;
  // In a store a change is missing only while its request is still running.
  if (keeperOf(storage) === 'store') return `${counts} so far.`;
  return `${counts}: each response carries a whole session, and the last one to arrive wins.`;
}
