import type { Revocations, RevocableSession } from '../core/store.ts';
import { generateSessionId, handleOf } from '../core/session-id.ts';

/** Options of {@link MemoryRevocations}. */
export interface MemoryRevocationsOptions {
  /**
   * The most revocations that it keeps: this many of logged-in users, and as many others. It removes old ones seldom,
   * so it may hold up to an eighth more.
   * @default 100000
   */
  max?: number;
  /** The clock, in ms since 1970; for tests. @default Date.now */
  now?: () => number;
}

/** A revocation of one session, or of all sessions of a user. */
interface Entry {
  /** It ends sessions created up to then, ms since 1970. */
  upTo: number;
  /** It can be forgotten from then on, ms since 1970. */
  until: number;
  /** The handle of the one session that it does not end, unless that was created up to `exceptUpTo`. */
  except?: string | undefined;
  exceptUpTo?: number;
}

/**
 * Remembers ended sessions in the memory of this process: for development, tests and apps of one process. **All are
 * forgotten when the process ends: after a restart the cookie of an ended session is valid again, until its own end.**
 * If that matters, use `RedisRevocations`.
 *
 * It is bounded, and yet no ended session of a user becomes valid again: when the oldest of these revocations must be
 * forgotten, all sessions of users that are as old count as ended, and these users log in again. Revocations of
 * anonymous sessions have their own limit, so a flood of them logs nobody out; the oldest of these are just forgotten.
 *
 * @example
 * app.use(session({ revocations: new MemoryRevocations() }, app));
 */
export class MemoryRevocations implements Revocations {
  readonly #max: number;
  readonly #now: () => number;
  /** By handle, or by `user <id>` (no handle contains a blank). The oldest come first. */
  readonly #ofUsers = new Map<string, Entry>();
  /** By handle. */
  readonly #anonymous = new Map<string, Entry>();
  /** Sessions of users created up to this time count as ended, since revocations of that age were forgotten. */
  #floor = -Infinity;
  /** The latest time up to which all sessions of some user were ended. */
  #latest = -Infinity;
  /** The prefix of this object's stamps. A session with another prefix is older than all revocations here. */
  readonly #instance = generateSessionId().slice(-12);
  /** The time in the latest stamp. */
  #given = -Infinity;
  /** The earliest time for the next stamp, so that it is later than every `revokeUser`. */
  #next = -Infinity;

  /** @throws {RangeError} when `max` is not a positive integer */
  constructor({ max = 100_000, now = Date.now }: MemoryRevocationsOptions = {}) {
    if (!Number.isSafeInteger(max) || max < 1) {
      throw new RangeError(`MemoryRevocations: max must be a positive integer, got ${max}`);
    }
    this.#max = max;
    this.#now = now;
  }

  /** How many revocations are held, including those that could be forgotten already. */
  get size(): number {
    return this.#ofUsers.size + this.#anonymous.size;
  }

  /** A time like `createdAt`, but never earlier than an earlier stamp, even if the clock was set back. */
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
    // Checked first, since the getter `userId` may parse the session's data.
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
    // Deleted first, since otherwise it would keep its old place in the order.
    entries.delete(key);
    entries.set(key, former ? union(former, entry) : entry);
    // To look through all of them at each revocation would be too slow in a flood.
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

/** The entry ends the session with this handle if it was created up to the returned time. */
const reachOf = ({ upTo, except, exceptUpTo = -Infinity }: Entry, handle?: string): number =>
  handle !== undefined && handle === except ? exceptUpTo : upTo;

/** One entry that ends all that the two end: the session that one excepts may be ended by the other. */
function union(one: Entry, other: Entry): Entry {
  const [later, earlier] = one.upTo > other.upTo ? [one, other] : [other, one];
  const exceptUpTo = Math.max(reachOf(later, later.except), reachOf(earlier, later.except));
  return { ...later, exceptUpTo, until: Math.max(one.until, other.until) };
}
