import { isDeepStrictEqual } from 'node:util';
import type { Context } from 'koa';
import { endOf, savedAt, type SessionRecord, toRecord } from './life.ts';
import type { ResolvedOptions } from './options.ts';
import type { Arrival, SessionCookie } from '../cookie/session-cookie.ts';
import type { Ending, Outcome, SessionWrite, StoredSession, VersionedStore } from './store.ts';
import { after, type MaybePromise } from './waiting.ts';

/** A session as it is stored now. Each write makes a new object. `id` is undefined if the session's cookie has no id. */
export type Kept = Readonly<StoredSession & { id: string | undefined }>;

/** A session to be stored, and what its cookie needs. */
export interface PendingWrite extends SessionWrite {
  /** The app's data; `data` is their JSON. */
  object: object;
  /** The session id; undefined for a cookie that needs no id. */
  id: string | undefined;
  /** When the cookie expires, ms since 1970; undefined: when the browser closes. */
  endsAt: number | undefined;
  /** This write moves the end of the session. */
  isExtended: boolean;
  /** Only the end differs from the stored session. */
  isSame: boolean;
  /** The session gets a new id: this one replaces another. */
  isSuccessor: boolean;
  /** A handler has set the session to an object, so all stored data are replaced. */
  replacesAll: boolean;
  /** A handler has set `maxAge` on this request. */
  maxAgeChanged: boolean;
}

/** The session that a request brings, or why there is none. */
export interface Found {
  kept?: Kept | undefined;
  /** The data as the store or `decode` returned them, if these may be more than JSON (a Date, for example). */
  object?: object | undefined;
  /** The id was replaced by `regenerate()`: the browser has the new one or is about to get it. */
  isReplaced?: boolean;
  /** The event that says why there is no session. */
  event?: 'missed' | 'invalid';
  id?: string | undefined;
  value?: unknown;
  /** The cookie was made with an old key, so it must be sent again. */
  needsReseal?: boolean | undefined;
  /** The store is unavailable, and may hold more data of the session. */
  isPartial?: boolean;
  /** What the app's `decode` threw. */
  failure?: { error: unknown };
}

/** Where a session is kept. `'outage'`: the store is unavailable, and changes are in the cookie meanwhile. */
export type Place = 'store' | 'cookie' | 'outage';

/** The request that a keeper works for. */
export interface Asking {
  readonly ctx: Context;
  readonly isInStore: boolean;
  readonly options: Readonly<ResolvedOptions>;
  /** The options of the set-up, which handlers cannot change. */
  readonly configured: Readonly<ResolvedOptions>;
  readonly cookie: SessionCookie;
  readonly arrival: Arrival;
  /** What a keeper remembers for this request. It is replaced, never changed. */
  note: unknown;
  /** The store of this request, once it was needed. */
  store: VersionedStore | undefined;
}

/**
 * Where sessions are kept: the seam of the core. A keeper is made once for a set-up, holds no state of a request, and
 * may wrap another keeper. Every method may answer at once or with a promise.
 */
export interface Keeper {
  /** Finds the session that the request brings; undefined: it brings no session id or cookie. */
  load(asking: Asking): MaybePromise<Found | undefined>;

  /**
   * Stores a new session, or changes to one that was found (`former`).
   * @throws {RangeError} when the id of a new session is already taken
   */
  write(asking: Asking, former: Kept | undefined, write: PendingWrite): MaybePromise<Outcome>;

  /** Ends the session on the server, as `VersionedStore.destroy` does. The caller clears the cookie. */
  destroy(asking: Asking, former: Kept, how?: Ending): MaybePromise<Outcome>;

  /** Whether a session that was loaded is still there. */
  status(asking: Asking, former: Kept): MaybePromise<'there' | 'replaced' | 'gone'>;

  /** Sends the cookie, or the id by `externalKey`. */
  deliver(asking: Asking, write: PendingWrite): void;

  /** Whether the store has failed on this request. */
  isAway?(asking: Asking): boolean;

  /**
   * Called before a change that must hold on the server.
   * @param purpose to end the session, or to give it a new id
   * @throws {StoreUnavailableError} when the store is unavailable
   */
  assertReachable?(asking: Asking, purpose: 'end' | 'renew'): void;
}

/** Whether a session that was found may be used; if not, the event that reports it. */
export type Validity = 'valid' | 'expired' | 'invalid';

/**
 * Checks the end of the session and asks the option `valid`. Returns a promise only if `valid` does.
 * @param data the parsed data, if the keeper has parsed them already
 * @param isPart the data are incomplete, so `valid` is not asked
 */
export function validate(asking: Asking, kept: Kept, data?: object, isPart = false): MaybePromise<Validity> {
  const { ctx, options, configured } = asking;
  // In the millisecond of its end a session is still valid.
  if ((endOf(kept.life, configured) ?? Infinity) < options.now()) return 'expired';
  if (!options.valid || isPart) return 'valid';
  const answer = options.valid(ctx, recordOf(asking, kept, data));
  return after(answer, (isValid) => (isValid ? 'valid' : 'invalid'));
}

/**
 * Of two cookies with the same name, the one whose session was saved last: the other was set before `domain` or `path`
 * changed. If it is not known which, the second: browsers send the older cookie first (RFC 6265, 5.4).
 */
export function newer(one: Found, other: Found): Found {
  if (!one.kept || !other.kept) return one.kept || !(other.kept ?? other.isReplaced) ? one : other;
  return (savedAt(one.kept.life) ?? 0) > (savedAt(other.kept.life) ?? Infinity) ? one : other;
}

/** The record that the option `valid` and event listeners get. */
export const recordOf = ({ isInStore }: Asking, { data, life, id }: Kept, object?: object): SessionRecord =>
  toRecord(object ?? objectIn(data), life, isInStore ? undefined : id);

/** The id as the cookie carries it, with the stamp. Earlier releases read both as one id. */
export const wireIdOf = (id?: string, stamp?: string) => (stamp === undefined ? id : `${id}~${stamp}`);

/** The object in a JSON text; an empty one if the text is no JSON. */
export function objectIn(json: string): Record<string, unknown> {
  try {
    return (JSON.parse(json) as Record<string, unknown> | null) ?? {};
  } catch {
    return {};
  }
}

/** Whether two texts made by `JSON.stringify` hold equal data, in any order of keys. */
export function isEqualJson(one: string, other: string): boolean {
  // A different order of keys does not change the length.
  if (one === other || one.length !== other.length) return one === other;
  try {
    return isDeepStrictEqual(JSON.parse(one), JSON.parse(other));
  } catch {
    // Nested too deep to compare.
    return false;
  }
}

/**
 * The store or `revocations` is unavailable, and the request needs it. The message says what was and was not done.
 * Stores cause it only with `onStoreError: 'cookie'`.
 */
export class StoreUnavailableError extends Error {
  readonly code = 'ERR_SESSION_STORE_UNAVAILABLE';
  /** 503 Service Unavailable, unless a handler catches the error. */
  readonly status = 503;
  readonly expose = true;
  /** When to try again, in seconds. */
  readonly headers = { 'Retry-After': '30' };

  constructor(purpose: keyof typeof REFUSALS, cause?: unknown) {
    super(`${REFUSALS[purpose]} Please try again in a moment.`, { cause });
    this.name = 'StoreUnavailableError';
  }
}

/**
 * By the purpose of the request. `end`: the store was not asked. `ending`: it was asked and did not answer. `retire`:
 * only ending the old id failed.
 */
const REFUSALS = {
  end: 'You are still logged in: the session store is unavailable, so we could not end your session.',
  ending: 'We could not confirm that you were logged out. Your session may still be active.',
  list: 'We could not list your sessions: the session store is unavailable. Nothing was changed.',
  others: 'We could not confirm that your other sessions were ended. They may still be active.',
  renew: 'The session store is unavailable. Your session was not changed.',
  check: 'We could not check whether your session was ended. Your session was not changed.',
  retire: 'Your session has a new id, but we could not end the old one. It may still be active.',
  'log in': 'Login is unavailable right now. Nothing was changed.',
};
