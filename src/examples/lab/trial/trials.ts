import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Where a trial looks whether its cookie came. */
export type Place = 'top' | 'frame' | 'set-in-frame' | 'link' | 'cross-frame' | 'set-in-cross-frame';

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

const LIFE = 60_000;
/** Each holds what was sent and a handful of what came back: some 100 kB at worst. */
const MOST = 100;

/** The trials that are under way, for a minute each. In memory: a trial is over before anybody would miss it. */
export class Trials {
  readonly #trials: LRUCache<string, Trial>;

  /** @param now the clock, ms since 1970 */
  constructor(now: () => number) {
    this.#trials = new LRUCache({ max: MOST, ttl: LIFE, ttlResolution: 0, perf: { now } });
  }

  /** @returns its id: 128 bits that nobody can guess */
  begin(tried: Tried): string {
    const id = randomBytes(16).toString('base64url');
    this.#trials.set(id, { ...tried, seen: new Map() });
    return id;
  }

  /** undefined: there was none, or its minute is over. */
  get(id: string): Trial | undefined {
    return this.#trials.get(id);
  }
}
