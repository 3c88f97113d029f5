import type { SessionCookie } from './cookie/session-cookie.ts';
import type { KeptSession } from './kept-session.ts';
import type { MaybePromise, Outcome, SessionWrite, Version } from './store.ts';

/** What a request presents. */
export type Presented =
  /** `isPartial`: there may be more in a store that cannot be read. */
  | { kept: KeptSession; isPartial?: boolean }
  /** Nothing to go on with. `value` is what was found, for the listeners of events. */
  | { event: 'missed' | 'invalid'; id: string | undefined; value: unknown }
  /** The id goes on as another one, which the browser has or is about to get. */
  | { replaced: string };

/** What is to be kept, and what the browser is told of it. */
export interface Draft extends SessionWrite {
  /** Under which id; undefined for a cookie that needs none. */
  id: string | undefined;
  /** Whether it moves the end of the session. */
  isExtended: boolean;
  /** It is to take the place of a session under another id. */
  isSuccessor: boolean;
  /** A handler has set the session to an object: nothing of what is stored is to stay. */
  isWhole: boolean;
  /** A handler has set `maxAge` on this request. */
  setsMaxAge: boolean;
  /** When the cookie ends, ms since 1970; undefined: with the browser. */
  endsAt: number | undefined;
}

/** Where a session lives; `'outage'`: in a store that cannot be reached, and what is written meanwhile in the cookie. */
export type Place = 'store' | 'cookie' | 'outage';

/** Where the session of one request is kept. What to keep and when is for `RequestSession` to say. */
export interface Persistence {
  readonly cookie: SessionCookie;
  readonly place: Place;

  /** Undefined when the request presents no session. */
  load(): MaybePromise<Presented | undefined>;

  /**
   * @param lateUse as for `SessionCookie.requireSendable`
   * @throws {Error} when the client cannot be given the cookie, or the id, on this response
   */
  requireDelivery(lateUse?: Error): void;

  /**
   * @param purpose what has to hold on the server: the session's end, or that it gets another id
   * @throws {StoreUnavailableError} when the store cannot be reached
   */
  requireStore(purpose: 'end' | 'renew'): void;

  /** Undefined when the id is taken. */
  create(draft: Draft): MaybePromise<Version | undefined>;

  update(former: KeptSession, draft: Draft): MaybePromise<Outcome>;

  /** As `update`, for a session of which nothing but its life has changed. */
  touch(former: KeptSession, draft: Draft): MaybePromise<Outcome>;

  /**
   * Runs `work` when no other request of this process, that was told by `changed` that others were faster, is at it on this
   * id, or after a second all the same. Each of many that meet is then told so once or twice, and not by each of the others.
   */
  inTurn<Result>(id: string | undefined, work: () => MaybePromise<Result>): MaybePromise<Result>;

  /** Gives the client what it needs to come back with this session. */
  deliver(draft: Draft): void;

  /** What has become of a session since it was loaded. */
  standing(former: KeptSession): MaybePromise<'there' | 'replaced' | 'gone'>;

  /** Ends the session on the server; the cookie is left to the caller. As `VersionedStore.destroy`. */
  destroy(former: KeptSession, how?: { version?: Version; replaced?: boolean }): MaybePromise<Outcome>;
}
