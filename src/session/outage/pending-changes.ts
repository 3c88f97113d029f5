import { type Life, savedAt } from '../core/life.ts';

type Data = Record<string, unknown>;

/** The revision in which a key was changed, and its value; without a value it was removed. */
type Change = [revision: number] | [revision: number, value: unknown];

/** What was written while the store was unavailable, and to which session. It travels sealed in the cookie. */
export interface PendingChanges {
  /** Stays the same for the whole outage. If the request brought no session, this is the id of the new one. */
  id: string;
  /** Id of the session in the store; undefined: the request brought none. */
  sessionId: string | undefined;
  /** The number of writes so far. */
  revision: number;
  /** The session's life at the last write. */
  life: Life;
  /** A handler has set `maxAge`. */
  maxAgeChanged: boolean;
  changes: Record<string, Change>;
  /** The revision in which a handler replaced all data of a session that could not be read; 0: never. */
  wholeSince: number;
}

/** The names in the text are older than those here, and stay: cookies with them are in use. */
type SealedChanges = PendingChanges & { of?: string; round: number; setsMaxAge: boolean };

export function toText({ sessionId, revision, maxAgeChanged, ...rest }: PendingChanges): string {
  return JSON.stringify({ ...rest, of: sessionId, round: revision, setsMaxAge: maxAgeChanged });
}

/** @param text made by {@link toText} */
export function fromText(text: string): PendingChanges {
  const { of, round, setsMaxAge, ...rest } = JSON.parse(text) as SealedChanges;
  return { ...rest, sessionId: of, revision: round, maxAgeChanged: setsMaxAge };
}

/**
 * Adds what a handler has changed.
 * @param from the data before the handler changed it, or as it was last saved
 * @param replacesAll `to` replaces all of a session that cannot be read
 */
export function addChanges(past: PendingChanges, from: Data, to: Data, replacesAll: boolean): PendingChanges {
  const revision = past.revision + 1;
  const [old, current] = [new Map(Object.entries(from)), new Map(Object.entries(to))];
  const changes = new Map(replacesAll ? [] : Object.entries(past.changes));
  for (const key of new Set([...old.keys(), ...current.keys()])) {
    const value = current.get(key);
    if (!replacesAll && JSON.stringify(old.get(key)) === JSON.stringify(value)) continue;
    changes.set(key, current.has(key) ? [revision, value] : [revision]);
  }
  const wholeSince = replacesAll ? revision : past.wholeSince;
  return { ...past, revision, changes: Object.fromEntries(changes), wholeSince };
}

/**
 * The stored data with the changes applied.
 * @param applied the last revision that the stored data already contains
 */
export function applyChanges(stored: Data, { changes, wholeSince }: PendingChanges, applied = 0): Data {
  // A map, since a key may be __proto__.
  const all = new Map(Object.entries(wholeSince > applied ? {} : stored));
  for (const [key, [revision, ...value]] of Object.entries(changes)) {
    if (revision <= applied) continue;
    if (value.length > 0) all.set(key, value[0]);
    else all.delete(key);
  }
  return Object.fromEntries(all);
}

/** The life of a stored session, extended by the use during the outage, with the `maxAge` that was set in it. */
export function extendedLife(stored: Life, { life: pending, maxAgeChanged }: PendingChanges): Life {
  const { hasOwnMaxAge, maxAge } = maxAgeChanged ? pending : stored;
  const seenAt = savedAt(pending);
  if (maxAge === 'session') return { ...stored, maxAge, hasOwnMaxAge, idleEndsAt: undefined };
  if (seenAt === undefined || maxAge === undefined) return stored;
  const storedEnd = maxAge === stored.maxAge ? (stored.idleEndsAt ?? 0) : 0;
  return { ...stored, maxAge, hasOwnMaxAge, idleEndsAt: Math.max(storedEnd, seenAt + maxAge) };
}
