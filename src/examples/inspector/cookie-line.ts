import { codeBlock } from '../../views/elements.ts';
import { html, type Html } from '../../views/html.ts';
import { type CookieAttribute, explainSetCookie } from './explain-set-cookie.ts';

/** Characters of a value that are shown before it is opened, and those of a secret that are shown at all. */
const SHORT = 20;
const HINT = 8;

interface CookieLineContext {
  /** The server's clock, ms since 1970. */
  now: number;
  /** The cookie that holds nothing but the session's id, if there is one. */
  idCookie: string | undefined;
}

/** One `Set-Cookie` line, explained. The signature's one starts closed: its attributes are those of its cookie. */
export function cookieLine(line: string, { now, idCookie }: CookieLineContext): Html {
  const { name, value, bytes, purpose, decoded, attributes, deleted } = explainSetCookie(line, now);
  const isId = name === idCookie && !deleted && decoded === undefined;
  const isSignature = name.endsWith('.sig');
  const isOpen = !isSignature;
  // A script that got into the page could read it, and HttpOnly would have been for nothing.
  const isSecret = decoded === undefined && !deleted;
  const shown = shorten(value, isSecret ? HINT : SHORT);
  return html`<details class="cookie" data-cookie="${name}" ${isOpen && html`open`}>
    <summary>
      <code><b>${name}</b>=${shown}</code> <span class="muted">${bytes} bytes</span>
    </summary>
    <p>${isId ? "The session's id: the key to what the server keeps, and a secret." : purpose}</p>
    ${
      decoded &&
      html`<h4>Decoded</h4>
        ${codeBlock(decoded, `Decoded value of ${name}`)}`
    }
    ${attributeList(attributes)}
    <details>
      <summary>The whole line</summary>
      <p class="raw"><code>${isSecret ? line.replace(value, shown) : line}</code></p>
      ${isSecret && html`<p class="muted">The rest of the value is left out: it is a secret, and scripts can read pages.</p>`}
    </details>
  </details>`;
}

function shorten(value: string, length: number): string {
  return value.length > length ? `${value.slice(0, length)}…` : value;
}

// What leaves the cookie open to others when it is missing; without the others a cookie is as narrow as can be.
const PROTECTIONS = new Set(['HttpOnly', 'Secure', 'SameSite']);

/** What each attribute of a line means, and what follows from those that are missing. */
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
