import { codeBlock } from './code-block.ts';
import { html, type Html } from './html.ts';
import { explainSetCookie, type CookieAttribute } from './set-cookie.ts';

/** Characters of a value that are shown before it is opened. */
const SHORT = 20;

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
  const isOpen = !name.endsWith('.sig');
  const shown = value.length > SHORT ? `${value.slice(0, SHORT)}…` : value;
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
    <dl class="attributes">${attributes.map(attributeRow)}</dl>
    <details>
      <summary>The whole line</summary>
      <p class="raw"><code>${line}</code></p>
    </details>
  </details>`;
}

// What leaves the cookie open to others when it is missing; without the others a cookie is as narrow as can be.
const PROTECTIONS = new Set(['HttpOnly', 'Secure', 'SameSite']);

function attributeRow({ name, value, meaning, present }: CookieAttribute): Html {
  const isGap = !present && PROTECTIONS.has(name);
  return html`<div class="${present ? 'present' : isGap ? 'gap' : 'missing'}">
    <dt>
      <code>${name}</code>${value && html`<code class="value">=${value}</code>`}${!present && ' not set'}
    </dt>
    <dd>${meaning}</dd>
  </div>`;
}
