import type { Engine, SetCookieVerdict } from '../../../set-cookie/index.ts';
import { html, type Html } from '../../../views/html.ts';
import { keptAfter, rulesLabel } from '../prediction.ts';
import { otherSite, TRIAL_PATH } from '../question.ts';

interface Expectation {
  /** In words. */
  where: string;
  sent: keyof SetCookieVerdict['sent'];
  /** Whether the page around the frame in which the cookie is set is one of another site. */
  isThirdParty?: true;
}

/** Where a trial looks whether its cookie came, and what is to be expected there. */
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
  /** The line of a cookie that is there already; '' if there is none. */
  before: string;
  /** Origin at which the cookie is tried. */
  origin: string;
}

export interface Trial extends Tried {
  /** The cookies of the trial that came, by where, as `name=value`. A place is missing when nothing was heard of it. */
  seen: Map<Place, string[]>;
}

/** What came of a trial at one place, beside what was to be expected. */
export interface Outcome {
  place: Place;
  /** The cookies that should come, as `name=value`. */
  expected: string[];
  /** Those that came; undefined: nothing was heard of it. */
  seen: string[] | undefined;
  agrees: boolean;
}

/** What came of a trial, and by whose rules that was to be expected. */
export interface OutcomeModel {
  outcomes: readonly Outcome[];
  engine: Engine | undefined;
}

interface Surroundings {
  /** Whose rules are expected to hold. @default those of RFC 6265bis */
  engine: Engine | undefined;
  /** Ms since 1970. */
  now: number;
}

/** Prediction and reality, place by place. */
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

/** In whatever order they are sent. */
function areSame(some: string[], others: string[]): boolean {
  return some.toSorted().join('\n') === others.toSorted().join('\n');
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
                <th scope="row">${PLACES[place].where}</th>
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
