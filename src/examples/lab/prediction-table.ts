import type { EffectiveCookie, Finding, SetCookieVerdict } from '../../set-cookie/index.ts';
import { html, type Html } from '../../views/html.ts';
import { utcTime } from '../../views/elements.ts';
import { duration } from '../duration.ts';
import { ENGINE_LABELS } from './engine.ts';
import type { KeptCookie, Prediction } from './prediction.ts';

interface TableModel {
  /** One for each column. */
  predictions: readonly Prediction[];
  /** Whether a cookie was there before. */
  hasBefore: boolean;
  /** Ms since 1970. */
  now: number;
}

/** What becomes of a line, by the RFC and in each engine. Where all agree, a row says it once. */
export function predictionTable({ predictions, hasBefore, now }: TableModel): Html {
  const verdicts = predictions.map(({ verdict }) => verdict);
  const each = (cell: (verdict: SetCookieVerdict) => Html | string): (Html | string)[] => verdicts.map(cell);
  return html`<div class="scroll" tabindex="0" role="region" aria-labelledby="prediction">
    <table class="prediction">
      <thead>
        <tr>
          <td></td>
          ${predictions.map(({ engine }) => html`<th scope="col">${rulesLabel(engine)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${row('The browser', each(verdictText))}
        ${row(
          'Why',
          each(({ reasons }) => findings(reasons)),
        )}
        ${
          hasBefore &&
          row(
            'There is then',
            predictions.map(({ kept }) => keptText(kept)),
          )
        }
        ${row(
          'Warnings',
          each(({ warnings }) => findings(warnings)),
        )}
        ${effectiveRows(verdicts, now)}
        ${row(
          'Sent by pages of the same site',
          each(({ sent }) => sentText(sent.sameSite)),
        )}
        ${row(
          'Sent with a link on another site',
          each(({ sent }) => sentText(sent.crossSiteGet)),
        )}
        ${row(
          'Sent with a POST of another site',
          each(({ sent }) => sentText(sent.crossSitePost)),
        )}
        ${row(
          'Sent in a frame, image or fetch of another site',
          each(({ sent }) => sentText(sent.subresource)),
        )}
      </tbody>
    </table>
  </div>`;
}

/** How a column is called. */
export function rulesLabel(engine: Prediction['engine']): string {
  return engine === undefined ? 'RFC 6265bis' : ENGINE_LABELS[engine];
}

function effectiveRows(verdicts: SetCookieVerdict[], now: number): Html[] {
  const rows: [string, (cookie: EffectiveCookie) => Html | string][] = [
    ['Name', ({ name, bytes }) => html`<code>${name}</code>, ${bytes} bytes with its value`],
    ['Value', ({ value }) => html`<code>${value.length > 40 ? `${value.slice(0, 40)}…` : value}</code>`],
    [
      'Host',
      ({ domain, hostOnly }) =>
        html`<code>${domain}</code>${hostOnly ? ', this host only' : ' and its subdomains'}`,
    ],
    ['Path', ({ path }) => html`<code>${path}</code>`],
    ['Ends', ({ expires }) => endText(expires, now)],
    ['SameSite', ({ sameSite }) => SAME_SITE[sameSite]],
    ['Flags', flagsText],
  ];
  return rows.map(([label, cell]) =>
    row(
      label,
      verdicts.map(({ cookie }) => (cookie ? cell(cookie) : '')),
    ),
  );
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
