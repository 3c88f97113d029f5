import type { MaybePromise } from './store.ts';

/** What tells one session that lives in a cookie from another. */
export interface RevocableSession {
  /** The id that its cookie carries. */
  id: string;
  /** Creation or last `regenerate()`, ms since 1970. */
  createdAt: number;
  /** Whose it is; undefined: nobody has logged in. */
  userId: string | undefined;
}

/**
 * Remembers which sessions were ended although their cookies are still good: where the cookie holds all of the session
 * the server cannot remove it. It keeps only what was ended before its time, each until that time has come.
 *
 * Every method may answer at once or with a promise. Errors are for faults of the system alone; what happens to
 * sessions then is for the option `onRevocationError` to say.
 */
export interface Revocations {
  /**
   * Ends one session.
   * @param until ms since 1970; its cookie is good for nothing from then on, so the revocation can be forgotten.
   *   Infinity: never
   */
  revoke(session: RevocableSession, until: number): MaybePromise<void>;

  /**
   * Ends all sessions of a user that were created up to now, but one.
   * @param upTo ms since 1970: sessions created then or earlier are ended
   * @param until as for {@link revoke}
   * @param except id of the session that goes on
   */
  revokeUser(userId: string, upTo: number, until: number, except?: string): MaybePromise<void>;

  /** Whether the session was ended by either of them. */
  isRevoked(session: RevocableSession): MaybePromise<boolean>;
}
