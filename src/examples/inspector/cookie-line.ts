import { html, type Html } from '../../views/html.ts';
import { type CookieAttribute, explainSetCookie } from './explain-set-cookie.ts';

/** How many characters of a value are shown. */
const HINT = 8;

interface CookieLineContext {
  /** The server's clock, ms since 1970. */
  now: number;
  /** The cookie that holds only the session id, if there is one. */
  idCookie: string | undefined;
}

/** One `Set-Cookie` line of a session, explained. */
export function cookieLine(line: string, { now, idCookie }: CookieLineContext): Html {
  const { name, value, bytes, attributes, deleted } = explainSetCookie(line, now);
  // With the whole value in the page, a script could read it in spite of HttpOnly.
  const shown = value.length > HINT ? `${value.slice(0, HINT)}…` : value;
  return html`<details class="cookie" data-cookie="${name}" open>
    <summary>
      <code><b>${name}</b>=${shown}</code> <span class="muted">${bytes} bytes</span>
    </summary>
    <p>${deleted ? 'Deletes the cookie: its end is in the past.' : purposeOf(name === idCookie)}</p>
    ${attributeList(attributes)}
    <details>
      <summary>The whole line</summary>
      <p class="raw"><code>${line.replace(value, shown)}</code></p>
      ${!deleted && html`<p class="muted">The rest of the value is left out: it is a secret, and scripts can read pages.</p>`}
    </details>
  </details>`;
}

/** All sessions of the app are sealed. */
function purposeOf(isId: boolean): string {
  return `${isId ? 'The session id' : 'Session data'}, sealed: only the server can read or make the value.`;
}

// If one of these is missing, the cookie is exposed. Without the other attributes it is as restricted as it can be.
const PROTECTIONS = new Set(['HttpOnly', 'Secure', 'SameSite']);

/** What each attribute of a line means, and what follows from missing ones. */
export function attributeList(attributes: readonly CookieAttribute[]): Html {
  return html`<dl class="attributes">${attributes.map(attributeRow)}</dl>`;
}

function attributeRow({ name, value, meaning, present }: CookieAttribute): Html {
  const isGap = !present && PROTECTIONS.has(name);
  return html`<div class="${present ? 'present' : isGap ? 'gap' : 'missing'}">
    <dt>
      <code>${name}</code>${value && html`<code class="value">=${value}</code>`}${!present && ' not set'}
    </dt>
    <dd>${meaning}</dd>
  </div>`;
}
