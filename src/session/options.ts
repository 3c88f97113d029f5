import type { Context } from 'koa';
import type { SessionRecord } from './record.ts';
import type { Session, SessionData } from './session.ts';
import type { Revocations } from './revocations.ts';
import type { SessionStore, VersionedStore } from './store.ts';

/** Where the session id travels instead of the cookie, e.g. in a header. */
export interface ExternalKey {
  /** The session id that this request presents; anything falsy when it presents none. */
  get(ctx: Context): string | null | undefined;
  /** Hands the session id to the client. Called whenever the session is saved. */
  set(ctx: Context, id: string): void;
}

/** What the option `verdict` answers. Neither `stored` nor `deletes`: the browser drops the line, for these reasons. */
export interface CookieVerdict {
  stored: boolean;
  deletes: boolean;
  reasons: readonly { message: string }[];
}

/** Options of {@link session}. Every one is optional; `null` and `undefined` mean the default. */
export interface SessionOptions {
  /**
   * Name of the cookie. One app may have several sessions, each with a key of its own.
   * @default 'koa.sess'
   */
  key?: string | null;
  /**
   * Idle timeout in ms: how long a session lives after it was last saved (OWASP ASVS 5.0, 7.3.1).
   * `'session'` sends a cookie without expiry, which the browser drops when it closes; on the server only
   * `absoluteMaxAge` ends it then, so set that as well.
   * @default 86400000 (one day)
   */
  maxAge?: number | 'session' | null;
  /**
   * Save or remove the session when the handlers are done. With `false` nothing happens until
   * `ctx.session.manuallyCommit()` or `save()`.
   * @default true
   */
  autoCommit?: boolean | null;
  /**
   * Replace a `Set-Cookie` of the same name that this response already carries.
   * @default true
   */
  overwrite?: boolean | null;
  /**
   * Hide the cookie from scripts (RFC 6265 section 5.2.6; ASVS 5.0, 3.3.4).
   * @default true
   */
  httpOnly?: boolean | null;
  /**
   * Send a second cookie `<key>.sig` that authenticates the first with `keys`; without a valid one the cookie is
   * ignored.
   * @default true
   */
  signed?: boolean | null;
  /**
   * Seal the cookie: encrypted and authenticated, so that it can neither be read nor made by anybody without the keys.
   * One cookie instead of two; `signed` has no meaning then. The first key seals, all open: a cookie of an older
   * key is sent anew, whole. Cookies that were only signed are not taken up: switching it on ends their sessions.
   * @default false
   */
  encrypt?: boolean | null;
  /**
   * The hard end in ms, counted from creation or the last `regenerate()`, whatever the activity (ASVS 5.0, 7.3.2).
   * @default none
   */
  absoluteMaxAge?: number | null;
  /**
   * Whether a request is a person's doing and so extends the session; `false` for polls and prefetches. It may read and
   * change the session all the same. Asked when the session is about to be saved.
   * @default every request is
   */
  isActivity?: ((ctx: Context) => boolean) | null;
  /**
   * The user whose session has these data; nothing when nobody has logged in. With it a user's sessions can be listed
   * and ended (`userSessions`), and a flood of anonymous sessions does not push out those of users.
   * @default every session is anonymous
   */
  userOf?: ((data: Partial<SessionData>) => string | null | undefined) | null;
  /**
   * Where it is remembered which sessions have ended before their time, when the cookie holds all of the session. Each
   * cookie then carries an id. Those from before the option was set carry none and are refused. Set `absoluteMaxAge`
   * too: without it nothing can ever be forgotten, since some copy of a cookie may still be good.
   * @default none: a copy of the cookie stays good until its end
   */
  revocations?: Revocations | null;
  /**
   * When `revocations` fails: `'refuse'` fails the handlers that ask for the session, as a store that fails does;
   * `'accept'` takes the session as not revoked. Either way `session:store-error` is emitted.
   * @default 'refuse'
   */
  onRevocationError?: 'refuse' | 'accept' | null;
  /**
   * When the store fails: `'throw'` fails the handlers that ask for the session. `'cookie'` lets them go on without what is
   * in the store: what they write is sealed into the cookie with the id that could not be read, and laid over the
   * session when the store is back. What must hold on the server is refused meanwhile with
   * {@link StoreUnavailableError} (503): to end a session, to regenerate it, and to log in, as far as `userOf` can tell.
   * It needs keys, as strings. Either way `session:store-error` is emitted.
   * @default 'throw'
   */
  onStoreError?: 'throw' | 'cookie' | null;
  /**
   * Save on every response that carries a session, so that `maxAge` counts from the last request.
   * @default false
   */
  rolling?: boolean | null;
  /**
   * Save when less than half of `maxAge` is left: `rolling` with far fewer writes.
   * @default false
   */
  renew?: boolean | null;
  /**
   * Send the cookie over https only.
   * @default whether this request came over https (`ctx.secure`)
   */
  secure?: boolean | null;
  /**
   * Which cross-site requests may carry the cookie; `true` is `'strict'`. Not sent when unset, which browsers
   * treat as Lax, each in its own way: set it.
   * @default undefined
   */
  sameSite?: 'strict' | 'lax' | 'none' | boolean | null;
  /**
   * Host whose subdomains get the cookie too.
   * @default the host alone
   */
  domain?: string | null;
  /**
   * URL path below which the cookie is sent.
   * @default '/'
   */
  path?: string | null;
  /**
   * Keep the cookie apart for each top-level site (CHIPS). Browsers want `secure` with it.
   * @default false
   */
  partitioned?: boolean | null;
  /**
   * Which cookies Chromium evicts last.
   * @default undefined
   */
  priority?: 'low' | 'medium' | 'high' | null;
  /**
   * Says what a browser does with a `Set-Cookie` line, as `checkSetCookie` of `src/set-cookie` does. It is asked about each
   * line that the session sends. If the browser drops the line, an error is thrown; in production (`app.env`)
   * `session:rejected` is emitted instead.
   * @default none
   */
  verdict?: ((line: string, response: { url: string }) => CookieVerdict) | null;
  /** Makes the cookie's text from a record. @default base64 of its JSON */
  encode?: ((record: SessionRecord) => string) | null;
  /**
   * The reverse of `encode`. A `SyntaxError` means "not ours" and gives a new session; any other error clears the
   * cookie and fails the request.
   */
  decode?: ((text: string) => unknown) | null;
  /** Keeps the sessions on the server; the cookie then carries nothing but the id. @default none: the cookie holds all */
  store?: SessionStore | VersionedStore | null;
  /** A store that needs the request: `new ContextStore(ctx)` is made for each. Goes before `store`. */
  ContextStore?: (new (ctx: Context) => SessionStore | VersionedStore) | null;
  /** Carries the session id elsewhere than in the cookie. Nothing without a store. */
  externalKey?: ExternalKey | null;
  /** Makes a session id; at least 128 random bits (ASVS 5.0, 7.2.3). @default 'sid-' and 192 random bits */
  genid?: ((ctx: Context) => string) | null;
  /** Put before the ids that the default `genid` makes. @default '' */
  prefix?: string | null;
  /**
   * Last word on a session that was found: `false` (or a promise of it) ignores the session and gives a new one.
   * In cookie mode it runs as soon as a cookie comes in, since a promise cannot be awaited by `ctx.session`.
   */
  valid?: ((ctx: Context, data: SessionRecord) => unknown) | null;
  /** Runs before each save and may still change the session. A promise is awaited. */
  beforeSave?: ((ctx: Context, session: Session) => unknown) | null;
  /** Keys of this session alone; the first signs, all verify. @default app.keys */
  keys?: readonly string[] | null;
  /** The name on `ctx`, so that one app can have several sessions. @default 'session' */
  property?: string | null;
  /** The clock, in ms since 1970; for tests. @default Date.now */
  now?: (() => number) | null;
}
