import type { Context } from 'koa';
import type { SessionRecord } from './record.ts';
import type { Session } from './session.ts';
import type { SessionStore } from './stores/store.ts';

/** Where the session id travels instead of the cookie, e.g. in a header. */
export interface ExternalKey {
  /** The session id that this request presents; anything falsy when it presents none. */
  get(ctx: Context): string | null | undefined;
  /** Hands the session id to the client. Called whenever the session is saved. */
  set(ctx: Context, id: string): void;
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
   * `'session'` sends a cookie without expiry, which the browser drops when it closes; the server then sets no
   * end of its own, so prefer a number.
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
  /** Makes the cookie's text from a record. @default base64 of its JSON */
  encode?: ((record: SessionRecord) => string) | null;
  /**
   * The reverse of `encode`. A `SyntaxError` means "not ours" and gives a new session; any other error clears the
   * cookie and fails the request.
   */
  decode?: ((text: string) => unknown) | null;
  /** Keeps the sessions on the server; the cookie then carries nothing but the id. @default none: the cookie holds all */
  store?: SessionStore | null;
  /** A store that needs the request: `new ContextStore(ctx)` is made for each. Goes before `store`. */
  ContextStore?: (new (ctx: Context) => SessionStore) | null;
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
