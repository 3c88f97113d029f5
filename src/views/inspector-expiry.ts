import { html, type Html } from './html.ts';
import { utcTime } from './time.ts';

interface ExpiryModel {
  /** Whether there is a session that can end. */
  exists: boolean;
  /** ms since 1970; absent: when the browser closes. */
  expiresAt?: number;
  /** The server's clock, ms since 1970. */
  now: number;
  /** The idle timeout in ms. */
  maxAge: number | 'session';
}

/** When the session ends: the moment as text and, for `/examples/inspector.js`, what it needs to count down to it. */
export function expiry({ exists, expiresAt, now, maxAge }: ExpiryModel): Html {
  return html`<section>
    <h3>Ends</h3>
    ${exists ? end() : html`<p>Nothing to end: there is no session.</p>`}
  </section>`;

  function end(): Html {
    if (expiresAt === undefined) return html`<p>When the browser closes.</p>`;
    // The clock is hidden from screen readers, which have the moment itself; only its end is announced.
    return html`<div data-expires-at="${expiresAt}" data-now="${now}">
      <p class="countdown" data-countdown aria-hidden="true"></p>
      ${maxAge !== 'session' && lifeLeft(expiresAt - now, maxAge)}
      <p>${maxAge === 'session' && 'when the browser closes, at the latest '}at ${utcTime(expiresAt)}</p>
      <p class="expired" role="status" data-expired></p>
    </div>`;
  }
}

// `low` at the half, because that is where `renew` begins to act: the colour changes there.
function lifeLeft(left: number, maxAge: number): Html {
  return html`<meter
    class="life"
    min="0"
    max="${maxAge}"
    low="${maxAge / 2}"
    optimum="${maxAge}"
    value="${Math.max(0, left)}"
    aria-label="Life left"
  ></meter>`;
}
