import type { Engine, SetCookieVerdict } from '../../../set-cookie/index.ts';
import { html, type Html } from '../../../views/html.ts';
import { keptAfter, rulesLabel } from '../prediction.ts';
import { otherSite, TRIAL_PATH } from '../question.ts';

interface Expectation {
  /** In words. */
  where: string;
  sent: keyof SetCookieVerdict['sent'];
  /** Whether the cookie is set in a frame on a page of another site. */
  isThirdParty?: true;
}

/** Where a trial checks for its cookie, and which part of the verdict predicts it. */
const PLACES = {
  top: { where: 'Set at top level, sent at top level', sent: 'sameSite' },
  frame: { where: 'Set at top level, sent in a frame of the same site', sent: 'sameSite' },
  'set-in-frame': { where: 'Set and sent in a frame of the same site', sent: 'sameSite' },
  link: { where: 'Set at top level, sent when another site leads here', sent: 'crossSiteGet' },
  'cross-frame': { where: 'Set at top level, sent in a frame on another site', sent: 'subresource' },
  'set-in-cross-frame': {
    where: 'Set and sent in a frame on another site',
    sent: 'subresource',
    isThirdParty: true,
  },
} satisfies Record<string, Expectation>;

export type Place = keyof typeof PLACES;

/** What is tried, and where. */
export interface Tried {
  line: string;
  /** The line of a cookie that the browser already has; '' for none. */
  before: string;
  /** Origin at which the cookie is tried. */
  origin: string;
}

export interface Trial extends Tried {
  /** The cookies of the trial that came, by place, as `name=value`. A place is missing if no request came. */
  seen: Map<Place, string[]>;
}

/** The result of a trial at one place, and its prediction. */
export interface Outcome {
  place: Place;
  /** The cookies that should come, as `name=value`. */
  expected: string[];
  /** Those that came; undefined: no request came. */
  seen: string[] | undefined;
  agrees: boolean;
}

/** The result of a trial, and the engine whose rules predict it. */
export interface OutcomeModel {
  outcomes: readonly Outcome[];
  engine: Engine | undefined;
}

interface Surroundings {
  /** The engine whose rules predict the result. @default those of RFC 6265bis */
  engine: Engine | undefined;
  /** Ms since 1970. */
  now: number;
}

/** Prediction and result, place by place. */
export function outcomesOf(trial: Trial, surroundings: Surroundings): Outcome[] {
  return (Object.keys(PLACES) as Place[]).map((place) => {
    const expected = expectedAt(place, trial, surroundings);
    const seen = trial.seen.get(place);
    return { place, expected, seen, agrees: seen !== undefined && areSame(expected, seen) };
  });
}

function expectedAt(place: Place, trial: Trial, { engine, now }: Surroundings): string[] {
  const { sent, isThirdParty }: Expectation = PLACES[place];
  const arrival = {
    url: trial.origin + TRIAL_PATH,
    topLevelSite: isThirdParty && otherSite(trial.origin),
    engine,
    now,
  };
  return keptAfter([trial.before, trial.line], arrival)
    .filter((one) => one.sent[sent] !== false)
    .map(({ cookie }) => `${cookie.name}=${cookie.value}`);
}

/** In any order. */
function areSame(some: string[], others: string[]): boolean {
  return some.toSorted().join('\n') === others.toSorted().join('\n');
}

/** The predictions and what the browser did. */
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
          ? 'The User-Agent of this browser names none of the three engines, so it is compared with RFC 6265bis.'
          : `By its User-Agent, this browser uses ${rulesLabel(engine)}.`
      }
      ${!areAll && 'Two trials at once disturb each other: if another tab was running one, try it again.'}
      ${mayBeBlocked && 'Settings of the browser can also keep cookies from frames on other sites: private windows often do.'}
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
                <th scope="row">${PLACES[place].where}</th>
                <td>${cookiesText(expected)}</td>
                <td>${seen === undefined ? 'no request' : cookiesText(seen)}</td>
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
