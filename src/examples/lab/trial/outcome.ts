import type { Engine, SetCookieVerdict } from '../../../set-cookie/index.ts';
import { otherSite, TRIAL_PATH } from '../address.ts';
import { keptAfter } from '../prediction.ts';
import type { Place, Trial } from './trials.ts';

/** What came of a trial at one place, beside what was to be expected. */
export interface Outcome {
  place: Place;
  /** The cookies that should come, as `name=value`. */
  expected: string[];
  /** Those that came; undefined: nothing was heard of it. */
  seen: string[] | undefined;
  agrees: boolean;
}

interface Expectation {
  sent: keyof SetCookieVerdict['sent'];
  /** Whether the page around the frame in which the cookie is set is one of another site. */
  isThirdParty?: true;
}

const EXPECTATIONS: Record<Place, Expectation> = {
  top: { sent: 'sameSite' },
  frame: { sent: 'sameSite' },
  'set-in-frame': { sent: 'sameSite' },
  link: { sent: 'crossSiteGet' },
  'cross-frame': { sent: 'subresource' },
  'set-in-cross-frame': { sent: 'subresource', isThirdParty: true },
};

const PLACES = Object.keys(EXPECTATIONS) as Place[];

interface Surroundings {
  /** Whose rules are expected to hold. @default those of RFC 6265bis */
  engine: Engine | undefined;
  /** Ms since 1970. */
  now: number;
}

/** Prediction and reality, place by place. */
export function outcomesOf(trial: Trial, surroundings: Surroundings): Outcome[] {
  return PLACES.map((place) => {
    const expected = expectedAt(place, trial, surroundings);
    const seen = trial.seen.get(place);
    return { place, expected, seen, agrees: seen !== undefined && areSame(expected, seen) };
  });
}

function expectedAt(place: Place, trial: Trial, { engine, now }: Surroundings): string[] {
  const { sent, isThirdParty } = EXPECTATIONS[place];
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
