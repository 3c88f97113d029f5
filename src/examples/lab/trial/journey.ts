import { TRIAL_PATH } from '../question.ts';
import type { Place } from './outcome.ts';

/** What one request of a trial does. */
export type Action = 'clear' | 'set-before' | 'set' | { look: Place };

const SET = ['clear', 'set-before', 'set'] as const;

/** Chains of redirects, in the tab or in a frame. All requests go to one address of the lab's own site. */
const LEGS = {
  first: [...SET, { look: 'top' }],
  frame: [{ look: 'frame' }],
  'set-in-frame': [...SET, { look: 'set-in-frame' }],
  'cross-frame': [{ look: 'cross-frame' }],
  link: [{ look: 'link' }, 'clear'],
  'set-in-cross-frame': [...SET, { look: 'set-in-cross-frame' }, 'clear'],
} as const satisfies Record<string, readonly Action[]>;

export type Leg = keyof typeof LEGS;

/**
 * Where the tab goes: through a leg, or to a page whose frames go through legs, one at a time. The page is on the lab's
 * own site or on the other.
 */
type Station = { leg: Leg } | { on: 'own' | 'other'; frames: readonly Leg[] };

/** The whole trial. The tab comes back from the other site as if by a link. */
const STATIONS: readonly Station[] = [
  { leg: 'first' },
  { on: 'own', frames: ['frame', 'set-in-frame'] },
  { on: 'other', frames: ['cross-frame'] },
  { leg: 'link' },
  { on: 'other', frames: ['set-in-cross-frame'] },
];

/** A trial and where it takes place. */
export interface Journey {
  id: string;
  /** Origin at which the cookie is tried. */
  own: string;
  /** The same server as another site. */
  other: string;
  /** Address of the page that shows the result. */
  end: string;
}

/** Path of the pages with frames. */
export const STATION_PATH = '/lab/station';

/** Address of a station; after the last one that of the end. */
export function stationAddress(journey: Journey, number: number): string {
  const station = STATIONS[number];
  if (station === undefined) return journey.end;
  if ('leg' in station) return stepAddress(journey, station.leg, 0);
  return `${journey[station.on]}${STATION_PATH}?${queryOf({ id: journey.id, number: String(number) })}`;
}

/** The frames of a page, and where it continues. */
export interface Frames {
  /** Addresses that frames load, one after the other. */
  frames: string[];
  /** Where the tab goes then. */
  next: string;
}

/** undefined: there is no such page. */
export function framesOf(journey: Journey, number: number): Frames | undefined {
  const station = STATIONS[number];
  if (station === undefined || 'leg' in station) return undefined;
  return {
    frames: station.frames.map((leg) => stepAddress(journey, leg, 0)),
    next: stationAddress(journey, number + 1),
  };
}

/** What a step of a leg does, and where it leads: nowhere if it is the last one in a frame. */
export function stepOf(
  journey: Journey,
  leg: string,
  number: number,
): { action: Action; next: string | undefined } | undefined {
  if (!isLeg(leg)) return undefined;
  const actions: readonly Action[] = LEGS[leg];
  const action = actions[number];
  if (action === undefined) return undefined;
  if (number + 1 < actions.length) return { action, next: stepAddress(journey, leg, number + 1) };
  const station = STATIONS.findIndex((one) => 'leg' in one && one.leg === leg);
  return { action, next: station < 0 ? undefined : stationAddress(journey, station + 1) };
}

function stepAddress({ id, own }: Journey, leg: Leg, step: number): string {
  return `${own}${TRIAL_PATH}?${queryOf({ id, leg, step: String(step) })}`;
}

function isLeg(name: string): name is Leg {
  return Object.hasOwn(LEGS, name);
}

function queryOf(values: Record<string, string>): string {
  return new URLSearchParams(values).toString();
}
