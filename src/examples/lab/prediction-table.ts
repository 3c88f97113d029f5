import type { EffectiveCookie, Finding, SetCookieVerdict } from '../../set-cookie/index.ts';
import { utcTime } from '../../views/elements.ts';
import { html, type Html } from '../../views/html.ts';
import { duration } from '../elements.ts';
import { type KeptCookie, type Prediction, rulesLabel } from './prediction.ts';

interface TableModel {
  /** One for each column. */
  predictions: readonly Prediction[];
  /** Whether the browser already has a cookie. */
  hasBefore: boolean;
  /** Ms since 1970. */
  now: number;
}

type Cell<Of> = (of: Of, now: number) => Html | string;

const IF_BEFORE = 'Cookies afterwards';

const ROWS: [label: string, cell: Cell<Prediction>][] = [
  ['The browser', ({ verdict }) => verdictText(verdict)],
  ['Why', ({ verdict }) => findings(verdict.reasons)],
  [IF_BEFORE, ({ kept }) => keptText(kept)],
  ['Warnings', ({ verdict }) => findings(verdict.warnings)],
  ['Name', ofCookie(({ name, bytes }) => html`<code>${name}</code>, ${bytes} bytes with the value`)],
  [
    'Value',
    ofCookie(({ value }) => html`<code>${value.length > 40 ? `${value.slice(0, 40)}…` : value}</code>`),
  ],
  ['Host', ofCookie(hostText)],
  ['Path', ofCookie(({ path }) => html`<code>${path}</code>`)],
  ['Ends', ofCookie(({ expires }, now) => endText(expires, now))],
  ['SameSite', ofCookie(({ sameSite }) => SAME_SITE[sameSite])],
  ['Flags', ofCookie(flagsText)],
  ['Sent with requests from the same site', ({ verdict }) => sentText(verdict.sent.sameSite)],
  ['Sent with a link on another site', ({ verdict }) => sentText(verdict.sent.crossSiteGet)],
  ['Sent with a POST from another site', ({ verdict }) => sentText(verdict.sent.crossSitePost)],
  ['Sent in a frame, image or fetch on another site', ({ verdict }) => sentText(verdict.sent.subresource)],
];

/** What happens to a line, by the RFC and in each engine. If all agree, a row has one wide cell. */
export function predictionTable({ predictions, hasBefore, now }: TableModel): Html {
  const rows = ROWS.filter(([label]) => hasBefore || label !== IF_BEFORE);
  return html`<div class="scroll" tabindex="0" role="region" aria-labelledby="prediction">
    <table class="prediction">
      <thead>
        <tr>
          <td></td>
          ${predictions.map(({ engine }) => html`<th scope="col">${rulesLabel(engine)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(([label, cell]) =>
          row(
            label,
            predictions.map((prediction) => cell(prediction, now)),
          ),
        )}
      </tbody>
    </table>
  </div>`;
}

/** Empty if the line has no cookie. */
function ofCookie(cell: Cell<EffectiveCookie>): Cell<Prediction> {
  return ({ verdict: { cookie } }, now) => (cookie ? cell(cookie, now) : '');
}

function row(label: string, cells: readonly (Html | string)[]): Html {
  const [first = ''] = cells;
  const isSame = cells.every((cell) => cell.toString() === first.toString());
  return html`<tr>
    <th scope="row">${label}</th>
    ${isSame ? html`<td colspan="${cells.length}">${first}</td>` : cells.map((cell) => html`<td>${cell}</td>`)}
  </tr>`;
}

function verdictText({ stored, deletes }: SetCookieVerdict): Html {
  if (stored) return html`<strong class="tag">stores it</strong>`;
  return deletes
    ? html`<strong class="tag">deletes the cookie</strong>`
    : html`<strong class="tag dropped">drops the line</strong>`;
}

function findings(list: readonly Finding[]): Html | string {
  if (list.length === 0) return '–';
  return html`<ul class="findings">
    ${list.map(({ message, section }) => html`<li>${message} <span class="muted">(${section})</span></li>`)}
  </ul>`;
}

function keptText(kept: readonly KeptCookie[]): Html | string {
  if (kept.length === 0) return 'no cookie';
  return html`<ul class="findings">
    ${kept.map(({ cookie: { name, value, path } }) => html`<li><code>${name}=${value}</code> for <code>${path}</code></li>`)}
  </ul>`;
}

function hostText({ domain, hostOnly }: EffectiveCookie): Html {
  return html`<code>${domain}</code>${hostOnly ? ', this host only' : ' and its subdomains'}`;
}

function endText(expires: number | undefined, now: number): Html | string {
  if (expires === undefined) return 'when the browser closes';
  if (expires <= now) return 'at once';
  return html`in ${duration(expires - now)}: ${utcTime(expires)}`;
}

const SAME_SITE: Record<EffectiveCookie['sameSite'], string> = {
  strict: 'Strict',
  lax: 'Lax',
  none: 'None',
  default: 'not set',
};

function flagsText({ secure, httpOnly, partitioned }: EffectiveCookie): string {
  const flags = [secure && 'Secure', httpOnly && 'HttpOnly', partitioned && 'Partitioned'].filter(Boolean);
  return flags.join(', ') || 'none';
}

function sentText(sent: SetCookieVerdict['sent']['sameSite']): string {
  if (typeof sent === 'string') return `yes, for ${sent}`;
  return sent ? 'yes' : 'no';
}
