import { isDeepStrictEqual } from 'node:util';
import type { Context } from 'koa';
import { endOf, savedAt, type SessionRecord, toRecord } from './life.ts';
import type { ResolvedOptions } from './options.ts';
import type { Arrival, SessionCookie } from '../cookie/session-cookie.ts';
import type { Ending, Outcome, SessionWrite, StoredSession, VersionedStore } from './store.ts';
import { after, type MaybePromise } from './waiting.ts';

/** A session as it is kept now. It never changes: each write makes another. A cookie may carry no id. */
export type Kept = Readonly<StoredSession & { id: string | undefined }>;

/** What is to be kept, and what the browser is told of it. */
export interface PendingWrite extends SessionWrite {
  /** The data that are in `data`. */
  object: object;
  /** Under which id; undefined for a cookie that needs none. */
  id: string | undefined;
  /** When the cookie ends, ms since 1970; undefined: with the browser. */
  endsAt: number | undefined;
  /** Whether it moves the end of the session. */
  isExtended: boolean;
  /** Nothing but its end differs from what is kept. */
  isSame: boolean;
  /** It is to take the place of a session under another id. */
  isSuccessor: boolean;
  /** A handler has set the session to an object: nothing of what is stored is to stay. */
  replacesAll: boolean;
  /** A handler has set `maxAge` on this request. */
  maxAgeChanged: boolean;
}

/** What a request brings. */
export interface Found {
  kept?: Kept | undefined;
  /** Its data as they were read, where they may be more than JSON can hold. */
  object?: object | undefined;
  /** Its id goes on as another one, which the browser has or is about to get. */
  isReplaced?: boolean;
  /** Why there is nothing to go on with, for the listeners of events. */
  event?: 'missed' | 'invalid';
  id?: string | undefined;
  value?: unknown;
  /** The cookie was made with an old key, so it is to be sent again, whole. */
  needsReseal?: boolean | undefined;
  /** There may be more in a store that cannot be read. */
  isPartial?: boolean;
  /** What the app's own `decode` threw. */
  failure?: { error: unknown };
}

/** Where a session lives; `'outage'`: in a store that cannot be reached, and what is written meanwhile in the cookie. */
export type Place = 'store' | 'cookie' | 'outage';

/** The request on whose behalf a keeper works. */
export interface Asking {
  readonly ctx: Context;
  readonly isInStore: boolean;
  readonly options: Readonly<ResolvedOptions>;
  /** The set-up, whatever a handler has made of its own copy of the options. */
  readonly configured: Readonly<ResolvedOptions>;
  readonly cookie: SessionCookie;
  readonly arrival: Arrival;
  /** What a keeper wants to know again on this request. It never changes: another takes its place. */
  note: unknown;
  /** Its store, once that was needed. */
  store: VersionedStore | undefined;
}

/**
 * Where sessions are kept: the seam of the core. A keeper is made once for a set-up and holds nothing of a request. It may
 * wrap another one. Every method may answer at once or with a promise.
 */
export interface Keeper {
  /** Undefined when the request brings nothing. */
  load(asking: Asking): MaybePromise<Found | undefined>;

  /**
   * Keeps a new session, or another state of one that was found.
   * @throws {RangeError} when the id of a new one is taken
   */
  write(asking: Asking, former: Kept | undefined, write: PendingWrite): MaybePromise<Outcome>;

  /** Ends the session on the server; the cookie is left to the caller. As `VersionedStore.destroy`. */
  destroy(asking: Asking, former: Kept, how?: Ending): MaybePromise<Outcome>;

  /** What has become of a session since it was loaded. */
  status(asking: Asking, former: Kept): MaybePromise<'there' | 'replaced' | 'gone'>;

  /** Gives the client what it needs to come back with this session. */
  deliver(asking: Asking, write: PendingWrite): void;

  /** The store has failed on this request. */
  isAway?(asking: Asking): boolean;

  /**
   * @param purpose what has to hold on the server: the session's end, or that it gets another id
   * @throws {StoreUnavailableError} when the store cannot be reached
   */
  assertReachable?(asking: Asking, purpose: 'end' | 'renew'): void;
}

/** Whether a session that was found may be used; if not, the name of the event that reports it. */
export type Validity = 'valid' | 'expired' | 'invalid';

/**
 * Waits only for an asynchronous `valid`.
 * @param data as they were read, if they are known
 * @param isPart of a part `valid` is not asked
 */
export function validate(asking: Asking, kept: Kept, data?: object, isPart = false): MaybePromise<Validity> {
  const { ctx, options, configured } = asking;
  // In the very millisecond of its end a session still lives.
  if ((endOf(kept.life, configured) ?? Infinity) < options.now()) return 'expired';
  if (!options.valid || isPart) return 'valid';
  const answer = options.valid(ctx, recordOf(asking, kept, data));
  return after(answer, (isValid) => (isValid ? 'valid' : 'invalid'));
}

/**
 * Of what two cookies of one name bring, the session that was saved last: the other is left from before `domain` or `path`
 * was changed. If that cannot be told it is the second: of two such cookies browsers send the older one first (RFC 6265, 5.4).
 */
export function newer(one: Found, other: Found): Found {
  if (!one.kept || !other.kept) return one.kept || !(other.kept ?? other.isReplaced) ? one : other;
  return (savedAt(one.kept.life) ?? 0) > (savedAt(other.kept.life) ?? Infinity) ? one : other;
}

/** As the option `valid` and the listeners of events get it. */
export const recordOf = ({ isInStore }: Asking, { data, life, id }: Kept, object?: object): SessionRecord =>
  toRecord(object ?? objectIn(data), life, isInStore ? undefined : id);

/** The id as the cookie carries it: the first edition takes the stamp for a part of it. */
export const wireIdOf = (id?: string, stamp?: string) => (stamp === undefined ? id : `${id}~${stamp}`);

/** The object that a text of JSON holds; of what is no JSON, an empty one. */
export function objectIn(json: string): Record<string, unknown> {
  try {
    return (JSON.parse(json) as Record<string, unknown> | null) ?? {};
  } catch {
    return {};
  }
}

/** Whether two texts that `JSON.stringify` has made hold equal data, in whatever order their keys stand. */
export function isEqualJson(one: string, other: string): boolean {
  // Another order takes as many characters.
  if (one === other || one.length !== other.length) return one === other;
  try {
    return isDeepStrictEqual(JSON.parse(one), JSON.parse(other));
  } catch {
    // Nested too deep to be compared.
    return false;
  }
}

/**
 * The store cannot be reached, and what was asked for would have to hold there. The message says what was and was not done.
 * Only with `onStoreError: 'cookie'`.
 */
export class StoreUnavailableError extends Error {
  readonly code = 'ERR_SESSION_STORE_UNAVAILABLE';
  /** 503 Service Unavailable, unless the handler catches it. */
  readonly status = 503;
  readonly expose = true;
  /** When to try again, in seconds. */
  readonly headers = { 'Retry-After': '30' };

  constructor(purpose: keyof typeof REFUSALS, cause?: unknown) {
    super(`${REFUSALS[purpose]} Please try again in a moment.`, { cause });
    this.name = 'StoreUnavailableError';
  }
}

/** What was and was not done, by what was asked for. `ending`: the store was asked, and did not answer. `retire`: the new id is given, and the old one is to end. */
const REFUSALS = {
  end: 'You are still logged in: the session store cannot be reached, so your session could not be ended.',
  ending: 'We could not confirm that you were logged out. Your session may still be active.',
  list: 'Your sessions cannot be listed: the session store cannot be reached.',
  others: 'Your other sessions may still be active: the session store cannot be reached.',
  renew: 'Your session was left as it is: the session store cannot be reached or takes no writes.',
  check: 'Your session cannot be checked: the list of ended sessions cannot be reached.',
  retire: 'Your session has a new id, but the old one may still be active: it could not be ended.',
  'log in': 'Login is unavailable right now. Nothing was changed.',
};
