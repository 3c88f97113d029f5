import type { Engine } from '../../../set-cookie/index.ts';
import { html, type Html } from '../../../views/html.ts';
import type { Outcome } from './outcome.ts';
import { rulesLabel } from '../prediction-table.ts';
import type { Place } from './trials.ts';

const PLACES: Record<Place, string> = {
  top: 'Set at top level, sent at top level',
  frame: 'Set at top level, sent in a frame of the same site',
  'set-in-frame': 'Set and sent in a frame of the same site',
  link: 'Set at top level, sent when another site leads here',
  'cross-frame': 'Set at top level, sent in a frame on another site',
  'set-in-cross-frame': 'Set and sent in a frame on another site',
};

export interface OutcomeModel {
  outcomes: readonly Outcome[];
  /** Whose rules the prediction is by. */
  engine: Engine | undefined;
}

/** Prediction beside reality. */
export function outcomeTable({ outcomes, engine }: OutcomeModel): Html {
  const agreeing = outcomes.filter(({ agrees }) => agrees).length;
  const areAll = agreeing === outcomes.length;
  const mayBeBlocked = outcomes.some(({ place, agrees }) => place.includes('cross-frame') && !agrees);
  return html`<p class="notice ${areAll ? 'success' : 'warning'}" role="status" data-trial>
      Prediction and browser agree in ${agreeing} of ${outcomes.length} places.
    </p>
    <p>
      ${
        engine === undefined
          ? 'By its User-Agent this browser is built on none of the three engines, so it is compared with RFC 6265bis.'
          : `By its User-Agent this browser is built on ${rulesLabel(engine)}.`
      }
      ${!areAll && 'Two trials at once disturb each other: if another tab had one under way, try it again.'}
      ${mayBeBlocked && 'Whether frames on other sites get cookies is a setting as well: private windows often block them, whatever the line says.'}
    </p>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="tried">
      <table class="outcome">
        <thead>
          <tr>
            <th scope="col">Where</th>
            <th scope="col">Predicted</th>
            <th scope="col">This browser</th>
            <th scope="col">Agree</th>
          </tr>
        </thead>
        <tbody>
          ${outcomes.map(
            ({ place, expected, seen, agrees }) =>
              html`<tr data-place="${place}" data-agrees="${agrees ? 'yes' : 'no'}">
                <th scope="row">${PLACES[place]}</th>
                <td>${cookiesText(expected)}</td>
                <td>${seen === undefined ? 'not heard of' : cookiesText(seen)}</td>
                <td>${agrees ? 'yes' : html`<strong class="tag dropped">no</strong>`}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

function cookiesText(pairs: readonly string[]): Html | string {
  if (pairs.length === 0) return 'not sent';
  return html`sent:
  ${pairs.map((pair) => html`<code>${pair.length > 40 ? `${pair.slice(0, 40)}…` : pair}</code> `)}`;
}
