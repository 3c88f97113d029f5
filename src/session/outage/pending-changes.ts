import { type Life, savedAt } from '../core/life.ts';

type Data = Record<string, unknown>;

/** In which round a key was changed, and its value; without one it was removed. */
type Change = [round: number] | [round: number, value: unknown];

/**
 * What rides sealed in the cookie while the store cannot be reached: what was written meanwhile, and to which session of
 * the store it belongs.
 */
export interface StandIn {
  /** Its own name, the same for as long as the store is away; the id of a new session, when there is none to go on with. */
  id: string;
  /** Id of the session in the store; undefined: the request brought none. */
  of: string | undefined;
  /** How often it was written to. */
  round: number;
  /** That of what was written. */
  life: Life;
  /** Its `maxAge` was set by a handler. */
  setsMaxAge: boolean;
  changes: Record<string, Change>;
  /** The round in which a handler has set all of a session that could not be read; 0: none has. */
  wholeSince: number;
}

/** One to which nothing was written yet. */
export type NewStandIn = Pick<StandIn, 'id' | 'of'>;

export function standInToText(standIn: StandIn): string {
  return JSON.stringify(standIn);
}

/** @param text sealed by us, so it is what {@link standInToText} made */
export function standInFromText(text: string): StandIn {
  const standIn = JSON.parse(text) as StandIn;
  // JSON leaves out what is undefined.
  const { createdAt, idleEndsAt, maxAge, hasOwnMaxAge } = standIn.life;
  return { ...standIn, of: standIn.of, life: { createdAt, idleEndsAt, maxAge, hasOwnMaxAge } };
}

/**
 * `former` with what a handler has made of the session.
 *
 * @param before what the handlers were given, or have made of it last
 * @param isWhole nothing that is stored is to stay, and nobody knows what that is
 */
export function writtenTo(
  former: StandIn | NewStandIn,
  {
    before,
    data,
    life,
    isWhole,
    setsMaxAge,
  }: Pick<StandIn, 'life' | 'setsMaxAge'> & {
    before: Data;
    data: Data;
    isWhole: boolean;
  },
): StandIn {
  const {
    id,
    of,
    round: formerRound,
    changes: formerChanges,
    wholeSince,
    setsMaxAge: hadSet,
  } = { ...EMPTY, ...former };
  const round = formerRound + 1;
  const changes = new Map(isWhole ? [] : Object.entries(formerChanges));
  for (const key of new Set([...Object.keys(before), ...Object.keys(data)])) {
    if (!isWhole && isSame(before, data, key)) continue;
    changes.set(key, Object.hasOwn(data, key) ? [round, data[key]] : [round]);
  }
  return {
    id,
    of,
    round,
    life,
    setsMaxAge: hadSet || setsMaxAge,
    changes: Object.fromEntries(changes),
    wholeSince: isWhole ? round : wholeSince,
  };
}

const EMPTY = { round: 0, changes: {}, wholeSince: 0, setsMaxAge: false };

function isSame(one: Data, other: Data, key: string): boolean {
  if (Object.hasOwn(one, key) !== Object.hasOwn(other, key)) return false;
  return JSON.stringify(one[key]) === JSON.stringify(other[key]);
}

/**
 * `stored` with what was written meanwhile laid over it.
 * @param laid the last round that was laid over it before
 */
export function layOver(stored: Data, { changes, wholeSince }: StandIn, laid = 0): Data {
  // A map, since a key may be __proto__.
  const all = new Map(Object.entries(wholeSince > laid ? {} : stored));
  for (const [key, [round, ...value]] of Object.entries(changes)) {
    if (round <= laid) continue;
    if (value.length > 0) all.set(key, value[0]);
    else all.delete(key);
  }
  return Object.fromEntries(all);
}

/** The life of a stored session whose user was there meanwhile, too, and may have set its `maxAge`. */
export function livedOn(stored: Life, { life: meanwhile, setsMaxAge }: StandIn): Life {
  const { hasOwnMaxAge, maxAge } = setsMaxAge ? meanwhile : stored;
  const seenAt = savedAt(meanwhile);
  const isOther = setsMaxAge && maxAge !== stored.maxAge;
  if (maxAge === 'session') return { ...stored, maxAge, hasOwnMaxAge, idleEndsAt: undefined };
  if (seenAt === undefined || maxAge === undefined) return stored;
  const idleEndsAt = Math.max(isOther ? 0 : (stored.idleEndsAt ?? 0), seenAt + maxAge);
  return { ...stored, maxAge, hasOwnMaxAge, idleEndsAt };
}
