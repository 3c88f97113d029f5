import { html, type Html } from '../../views/html.ts';
import { keeperOf, type Storage } from '../../storages/storage.ts';

/** How many requests of each kind are sent at once. */
export const REQUESTS = 30;

/** How many of each kind one session takes before it has to be reset. */
export const MOST_REQUESTS = 5 * REQUESTS;

/** What is in the session of what was sent. */
export interface Arrivals {
  /** Requests of each kind. */
  sent: number;
  increments: number;
  keys: number;
}

interface RaceModel {
  path: string;
  storage: Storage;
  result: string;
}

const WHY: Record<'store' | 'cookie', Html> = {
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

export function racePage({ path, storage, result }: RaceModel): Html {
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
export function resultOf(arrivals: Arrivals, storage: Storage): string {
  const { sent, increments, keys } = arrivals;
  if (sent === 0) return 'Nothing was sent yet.';
  const counts = `${increments} of ${sent} increments and ${keys} of ${sent} keys arrived`;
  const areAllThere = increments === sent && keys === sent;
  if (areAllThere) return `${counts}: nothing was lost.`;
  // In a store something is only missing while it is still under way.
  if (keeperOf(storage) === 'store') return `${counts} so far.`;
  return `${counts}: each response carries a whole session, and the last one to arrive wins.`;
}
