import { codeBlock, utcTime } from '../../views/elements.ts';
import { html, type Html } from '../../views/html.ts';
import { duration, fact } from '../elements.ts';
import { cookieLine } from './cookie-line.ts';

/** What browsers accept at most for a cookie's name and value together, in bytes (RFC 6265bis §5.6). */
const COOKIE_LIMIT = 4096;

export interface InspectorModel {
  /** The title of the storage. */
  storage: string;
  /** Whether the session is in a store or in its cookie. */
  keptIn: 'store' | 'cookie';
  cookieName: string;
  isNew: boolean;
  /** The session's data; must be JSON-able. */
  data: Record<string, unknown>;
  /** A short label of the session's id or, without one, of its cookie; absent if there is no session. */
  fingerprint?: string;
  /** The size of the cookie's name and value; 0 if there is no cookie. */
  cookieBytes: number;
  /** The store is unavailable, so the cookie may hold data beside the id. */
  isInOutage: boolean;
  /** Where the session lives, in one or two sentences. */
  where: string;
  /** ms since 1970; absent: there is no session, or it ends when the browser closes. */
  expiresAt?: number;
  /** The server's clock, ms since 1970. */
  now: number;
  /** The idle timeout in ms. */
  maxAge: number | 'session';
  /** The `Set-Cookie` lines of this response. */
  setCookie: readonly string[];
  /** Why there are these lines or none, as a sentence. */
  why: string;
  /** What the session reported during this request. */
  events: readonly { name: string; detail: string }[];
}

/** Paths within the repository: the source of the page, and the test that proves it. */
interface Code {
  source: readonly string[];
  test: string;
}

/** The session, beside the page that uses it. `/examples/inspector.js` runs its clock and adds earlier requests. */
export function inspector(model: InspectorModel, code?: Code): Html {
  return html`<aside class="inspector" aria-labelledby="inspector-title">
    <header>
      <h2 id="inspector-title">Inspector</h2>
      <p class="tags">
        <span class="tag">${model.storage}</span>
        <span class="tag">${stateOf(model)}</span>
      </p>
    </header>
    ${expiry(model)} ${data(model)} ${storage(model)} ${cookies(model)} ${events(model)}
    ${code && links(code)}
  </aside>`;
}

function isEmpty({ data: sessionData }: InspectorModel): boolean {
  return Object.keys(sessionData).length === 0;
}

function stateOf(model: InspectorModel): string {
  if (model.isNew) return isEmpty(model) ? 'no session' : 'new';
  return 'existing';
}

/** When the session ends: as text, and as attributes from which `/examples/inspector.js` counts down. */
function expiry(model: InspectorModel): Html {
  return html`<section>
    <h3>Ends</h3>
    ${model.isNew && isEmpty(model) ? html`<p>Nothing to end: there is no session.</p>` : end(model)}
  </section>`;
}

function end({ expiresAt, now, maxAge }: InspectorModel): Html {
  if (expiresAt === undefined) return html`<p>When the browser closes.</p>`;
  // Screen readers get the moment and the announcement of the end, but not the clock.
  return html`<div data-expires-at="${expiresAt}" data-now="${now}">
    <p class="countdown" data-countdown aria-hidden="true"></p>
    ${maxAge !== 'session' && lifeLeft(expiresAt - now, maxAge)}
    <p>${maxAge === 'session' && 'when the browser closes, at the latest '}at ${utcTime(expiresAt)}</p>
    <p class="expired" role="status" data-expired></p>
  </div>`;
}

// `low` is the half, where `renew` begins to extend the session: the colour changes there.
function lifeLeft(left: number, maxAge: number): Html {
  return html`<meter
    min="0"
    max="${maxAge}"
    low="${maxAge / 2}"
    optimum="${maxAge}"
    value="${Math.max(0, left)}"
    aria-label="Life left"
  ></meter>`;
}

function data(model: InspectorModel): Html {
  return html`<section>
    <h3>Data</h3>
    ${isEmpty(model) ? html`<p>Empty.</p>` : codeBlock(JSON.stringify(model.data, null, 2), 'Session data as JSON')}
  </section>`;
}

function storage({ where, fingerprint, maxAge, cookieName, cookieBytes }: InspectorModel): Html {
  return html`<section>
    <h3>Storage</h3>
    <p>${where}</p>
    <dl class="facts">
      ${fact('Fingerprint', fingerprint === undefined ? 'none: there is no session' : html`<code>${fingerprint}</code>`)}
      ${fact('Idle timeout', maxAge === 'session' ? 'until the browser closes' : duration(maxAge))}
      ${fact(html`<code>${cookieName}</code>`, cookieBytes === 0 ? 'not set' : cookieSize(cookieBytes))}
    </dl>
  </section>`;
}

function cookieSize(bytes: number): Html {
  return html`${bytes} of ${COOKIE_LIMIT} bytes
    <meter
      min="0"
      max="${COOKIE_LIMIT}"
      high="3072"
      optimum="0"
      value="${Math.min(bytes, COOKIE_LIMIT)}"
      aria-label="Size of the cookie"
    ></meter>`;
}

function cookies({ setCookie, why, cookieName, keptIn, now, isInOutage }: InspectorModel): Html {
  const holdsIdAlone = keptIn === 'store' && !isInOutage;
  return html`<section>
    <h3>Set-Cookie</h3>
    <p>${why}</p>
    ${setCookie.map((line) => cookieLine(line, { now, idCookie: holdsIdAlone ? cookieName : undefined }))}
  </section>`;
}

function events({ events: reported, now }: InspectorModel): Html {
  const list =
    reported.length === 0
      ? html`<p class="muted">None: the session was not created, changed or ended.</p>`
      : html`<ul class="events">
          ${reported.map(
            ({ name, detail }) => html`<li data-event="${name}"><code>${name}</code> ${detail}</li>`,
          )}
        </ul>`;
  return html`<section data-events data-at="${now}">
    <h3>Events</h3>
    <h4>This request</h4>
    ${list}
  </section>`;
}

function links({ source, test }: Code): Html {
  return html`<section>
    <h3>Code</h3>
    <ul class="links">
      ${source.map((path) => html`<li>${codeLink(path)}</li>`)}
      <li>${codeLink(test)} proves it in a browser</li>
    </ul>
  </section>`;
}

function codeLink(path: string): Html {
  return html`<a href="/source/${path}"><code>${path}</code></a>`;
}
