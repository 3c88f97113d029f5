import type { Revocations, RevocableSession } from '../core/store.ts';
import { generateSessionId, handleOf } from '../core/session-id.ts';

/** Options of {@link MemoryRevocations}. */
export interface MemoryRevocationsOptions {
  /**
   * The most revocations that it keeps until their time is over: this many of logged-in users, and as many others. It
   * clears seldom, so it may hold up to an eighth more.
   * @default 100000
   */
  max?: number;
  /** The clock, in ms since 1970; for tests. @default Date.now */
  now?: () => number;
}

/** The sessions that one revocation ends: one, or all of a user. */
interface Entry {
  /** It ends no session that was created later than this, in ms since 1970. */
  upTo: number;
  /** From when on, in ms since 1970, it ends nothing any more. */
  until: number;
  /** Handle of the user's one session that is not ended, unless it was created up to `exceptUpTo`. */
  except?: string | undefined;
  exceptUpTo?: number;
}

/**
 * Remembers ended sessions in the memory of this process: for development, tests and apps of one process. **It forgets
 * all of them when the process ends: after a restart a cookie of an ended session is good again, until its own time is
 * over.** Where that matters, give a store that is shared and lasts.
 *
 * It is bounded, and yet no session of a user comes back: when it must forget the oldest of these revocations, all
 * sessions of users as old as the forgotten ones count as ended, and these people log in again. Revocations of sessions
 * in which nobody had logged in have room of their own, so that a flood of them logs nobody out; of these the oldest are
 * just forgotten.
 *
 * @example
 * app.use(session({ revocations: new MemoryRevocations() }, app));
 */
export class MemoryRevocations implements Revocations {
  readonly #max: number;
  readonly #now: () => number;
  /** By handle, or by `user`, a blank (no handle has one) and the user id; those inserted first come first. */
  readonly #ofUsers = new Map<string, Entry>();
  /** By handle. */
  readonly #anonymous = new Map<string, Entry>();
  /** Sessions of users that were created up to now or earlier are ended, whatever is still known of them. */
  #floor = -Infinity;
  /** All sessions of some user that were created up to then were ended. */
  #latest = -Infinity;
  /** The stamps of this object begin with it: a session with another one is older than all that is known here. */
  readonly #instance = generateSessionId().slice(-12);
  /** The latest stamp that was given. */
  #given = -Infinity;
  /** The earliest that a stamp may be, since the sessions of some user have been ended. */
  #next = -Infinity;

  /** @throws {RangeError} when `max` is not a positive integer */
  constructor({ max = 100_000, now = Date.now }: MemoryRevocationsOptions = {}) {
    if (!Number.isSafeInteger(max) || max < 1) {
      throw new RangeError(`MemoryRevocations: max must be a positive integer, got ${max}`);
    }
    this.#max = max;
    this.#now = now;
  }

  /** How many revocations are held, those included whose time is over but whose place was not yet needed. */
  get size(): number {
    return this.#ofUsers.size + this.#anonymous.size;
  }

  /** A time like `createdAt`, but no earlier than any other that was seen here, whatever has become of the clock. */
  stamp(): string {
    this.#given = Math.max(this.#given, this.#next, this.#floor + 1, this.#now());
    return this.#instance + this.#given;
  }

  revoke(session: RevocableSession, until: number): void {
    const entries = session.userId === undefined ? this.#anonymous : this.#ofUsers;
    this.#insert(entries, handleOf(session.id), { upTo: this.#beginningOf(session), until });
  }

  revokeUser(userId: string, upTo: number, until: number, except?: string): void {
    const reach = Math.max(upTo, this.#given);
    this.#latest = Math.max(this.#latest, reach);
    if (reach < Infinity) this.#next = Math.max(this.#next, reach + 1);
    this.#insert(this.#ofUsers, `user ${userId}`, { upTo: reach, until, except: except && handleOf(except) });
  }

  isRevoked(session: RevocableSession): boolean {
    const handle = handleOf(session.id);
    if (this.#ofUsers.has(handle) || this.#anonymous.has(handle)) return true;
    const createdAt = this.#beginningOf(session);
    // To ask for the user may have the session's data read.
    if (createdAt > Math.max(this.#latest, this.#floor)) return false;
    const { userId } = session;
    if (userId === undefined) return false;
    const entry = this.#ofUsers.get(`user ${userId}`);
    return createdAt <= Math.max(this.#floor, entry ? reachOf(entry, handle) : -Infinity);
  }

  #beginningOf({ stamp, createdAt }: RevocableSession): number {
    return stamp === undefined ? createdAt : stamp.startsWith(this.#instance) ? Number(stamp.slice(12)) : -1;
  }

  #insert(entries: Map<string, Entry>, key: string, entry: Entry): void {
    const former = entries.get(key);
    // Deleted first: else it would keep its old place.
    entries.delete(key);
    entries.set(key, former ? union(former, entry) : entry);
    // Looking through all of them at each revocation would be too much in a flood.
    if (entries.size <= this.#max + Math.floor(this.#max / 8)) return;
    const now = this.#now();
    for (const [key, { until }] of entries) if (until <= now) entries.delete(key);
    for (const [key, { upTo }] of entries) {
      if (entries.size <= this.#max) return;
      entries.delete(key);
      if (entries === this.#ofUsers) this.#floor = Math.max(this.#floor, upTo);
    }
  }
}

/** Up to which time of creation the entry ends the session with this handle. */
const reachOf = ({ upTo, except, exceptUpTo = -Infinity }: Entry, handle?: string): number =>
  handle !== undefined && handle === except ? exceptUpTo : upTo;

/** One entry that ends what either of the two ends: a session spared by one may still be ended by the other. */
function union(one: Entry, other: Entry): Entry {
  const [later, earlier] = one.upTo > other.upTo ? [one, other] : [other, one];
  const exceptUpTo = Math.max(reachOf(later, later.except), reachOf(earlier, later.except));
  return { ...later, exceptUpTo, until: Math.max(one.until, other.until) };
}
