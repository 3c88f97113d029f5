import { inspect } from 'node:util';
import Cookies from 'cookies';
import type { Context } from 'koa';
import { contradictionOf, type CookieVerdict, warnOnce } from '../cookie/browser-rules.ts';
import { decodeCookie, encodeCookie } from '../cookie/cookie-lines.ts';
import { isEmptyKey } from '../cookie/keys.ts';
import type { SessionRecord } from './life.ts';
import type { Session, SessionData } from './session.ts';
import { isVersioned, type Revocations, type SessionStore, type VersionedStore } from './store.ts';

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
   * How long in ms, after `regenerate()`, the old id leads to the same session, so that parallel requests succeed. It ends
   * at once when the user of the session changes, and an answer to the old id carries no cookie. Only with `userOf`, and
   * with a `VersionedStore`; 0: the old id leads nowhere. A handler may set it for its request, as
   * `ctx.sessionOptions.renewGrace = 0` where a password is changed.
   * @default 10000 (ten seconds)
   */
  renewGrace?: number | null;
  /**
   * How long in ms a session whose cookie ends with the browser (`maxAge: 'session'`) lives on the server after the last
   * request that was activity (ASVS 5.0, 7.3.1). Each such request extends it; with `renew`, when half of it is over.
   * @default none: only `absoluteMaxAge` ends it there
   */
  idleTimeout?: number | null;
  /**
   * The most sessions that a user may have at once; `Infinity`: any number. A login beyond it ends the oldest, the one
   * that was extended longest ago (RedisStore: that would end first). It needs `userOf` and a `VersionedStore` that
   * counts, such as `MemoryStore` and `RedisStore`. Nobody counts sessions that live in cookies or in a store of
   * koa-session's kind: the option then does nothing.
   * @default 100
   */
  maxSessionsPerUser?: number | null;
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
  /**
   * Refuse data that JSON gives back as something else, such as a Map, a Date or a class instance: an error names the key, and
   * nothing is saved. Without it a warning names the key, once.
   * @default false
   */
  strictData?: boolean | null;
  /** The name on `ctx`, so that one app can have several sessions. @default 'session' */
  property?: string | null;
  /**
   * Refuse what cannot work but does not stop koa-session either: options with which every browser drops the cookie, and
   * two sessions with one `key` and different options. Otherwise the app starts, with a warning of the process.
   * @default false
   */
  strict?: boolean | null;
  /** The clock, in ms since 1970; for tests. @default Date.now */
  now?: (() => number) | null;
}

/** One day in ms: how long a session lives when `maxAge` is not given. */
export const DEFAULT_MAX_AGE = 24 * 60 * 60 * 1000;

/** In ms; what is longer makes dates that no `Date` can hold. */
const LONGEST_MAX_AGE = 8e15;

/** Options of which only the type is checked. */
const TYPES = {
  string: 'key domain path prefix property',
  boolean: 'autoCommit overwrite httpOnly signed encrypt rolling renew secure partitioned strict strictData',
  function: 'isActivity userOf verdict encode decode genid valid beforeSave now',
};

type Option = keyof SessionOptions;

/** What an option has to be, in words, and whether a value is that. */
const RULES = {
  key: ['the name of a cookie', (name) => name !== ''],
  absoluteMaxAge: [`a number of ms from 1 up to ${LONGEST_MAX_AGE}`, (ms) => isTime(ms) && ms >= 1],
  idleTimeout: [`a number of ms from 1 up to ${LONGEST_MAX_AGE}`, (ms) => isTime(ms) && ms >= 1],
  renewGrace: [`a number of ms from 0 up to ${LONGEST_MAX_AGE}`, (ms) => isTime(ms) && ms >= 0],
  maxSessionsPerUser: ['a whole number from 1 on, or Infinity', (max) => max >= 1 && Math.trunc(max) === max],
  onRevocationError: ["'refuse' or 'accept'", (what) => ['refuse', 'accept'].includes(what)],
  onStoreError: ["'throw' or 'cookie'", (what) => ['throw', 'cookie'].includes(what)],
  ContextStore: ['a class', (store) => typeof store === 'function' && Boolean(store.prototype)],
} satisfies { [Name in Option]?: [string, (value: NonNullable<SessionOptions[Name]>) => boolean] };

/** Those that are checked in another way. */
const OTHERS = 'maxAge sameSite priority keys store externalKey revocations';

const ALL = [...Object.values(TYPES), OTHERS, ...Object.keys(RULES)].join(' ').split(' ') as Option[];

const DEFAULTS = {
  key: 'koa.sess',
  maxAge: DEFAULT_MAX_AGE,
  autoCommit: true,
  overwrite: true,
  httpOnly: true,
  signed: true,
  encrypt: false,
  rolling: false,
  renew: false,
  renewGrace: 10_000,
  strictData: false,
  maxSessionsPerUser: 100,
  onRevocationError: 'refuse',
  onStoreError: 'throw',
  encode: encodeCookie,
  decode: decodeCookie,
  prefix: '',
  property: 'session',
  // Looks `Date` up at each call, since tests replace it.
  now: () => Date.now(),
} satisfies SessionOptions;

/** The options with their defaults filled in; each request has a copy of its own as `ctx.sessionOptions`. */
export type ResolvedOptions = {
  [Name in keyof Required<SessionOptions>]:
    | NonNullable<SessionOptions[Name]>
    | (Name extends keyof typeof DEFAULTS ? never : undefined);
};

/**
 * Fills in the defaults. The caller's object is only read.
 * @throws {TypeError} naming the option, the value seen and what it may be
 */
export function resolveOptions(given: SessionOptions): Readonly<ResolvedOptions> {
  check(given);
  // Sealing encodes by itself.
  const whenSealed = given.encrypt ? { encode: JSON.stringify, decode: JSON.parse } : undefined;
  const defaults: SessionOptions = { ...DEFAULTS, ...whenSealed };
  const filled = ALL.map((name) => [name, given[name] ?? defaults[name]]);
  const resolved = Object.fromEntries(filled) as ResolvedOptions;
  // The old name of the option.
  const { maxage } = given as { maxage?: unknown };
  if (given.maxAge == null && maxage !== undefined)
    process.emitWarning('session: the option `maxage` is called `maxAge` now', 'DeprecationWarning');
  resolved.maxAge = checkMaxAge(given.maxAge ?? maxage) || DEFAULT_MAX_AGE;
  checkCookie(resolved);
  return Object.freeze(resolved);
}

/** The user whose session has these data; undefined: nobody has logged in. */
export const userIn = (data: object, { userOf }: Pick<ResolvedOptions, 'userOf'>) =>
  userOf?.(data) ?? undefined;

/**
 * Lets through what a session's `maxAge` may be: ms, `'session'`, or nothing (which means the default).
 * @throws {TypeError} for anything else
 */
export function checkMaxAge(value: unknown): number | 'session' | undefined {
  if (value == null) return undefined;
  if (value === 'session' || isTime(value)) return value;
  throw wrongOption('maxAge', value, `a number of ms up to ${LONGEST_MAX_AGE}, or 'session'`);
}

const isTime = (value: unknown): value is number =>
  typeof value === 'number' && Math.abs(value) <= LONGEST_MAX_AGE;

function check(given: SessionOptions): void {
  for (const [type, names] of Object.entries(TYPES))
    for (const name of names.split(' ')) checkOne(given, name, `a ${type}`, (value) => typeof value === type);
  for (const [name, [wanted, isRight]] of Object.entries(RULES)) checkOne(given, name, wanted, isRight);
  const { keys, store, ContextStore, externalKey, revocations, onStoreError } = given;
  const isList = Array.isArray(keys) && keys.length > 0;
  // Never with the value: it may hold keys.
  if (keys != null && !(isList && keys.every((key) => typeof key === 'string' && !isEmptyKey(key))))
    throw new TypeError('session: option keys must be a list of one or more non-empty strings');
  checkMethods('externalKey', externalKey, 'get set');
  checkMethods('revocations', revocations, 'revoke revokeUser isRevoked');
  const ofOurs = 'read create update touch destroy listByUser destroyByUser';
  // A store has to have other methods by its kind.
  for (const [name, one] of Object.entries({ store, 'ContextStore.prototype': ContextStore?.prototype }))
    checkMethods(name, one, isVersioned(Object(one)) ? ofOurs : 'get set destroy');
  const isInStore = (store ?? ContextStore) != null;
  const needsStore = onStoreError === 'cookie';
  const clash =
    (revocations && isInStore && 'revocations is for sessions that live in the cookie, not in a store') ||
    (needsStore && externalKey && "onStoreError: 'cookie' needs a cookie, not an externalKey") ||
    (needsStore && !isInStore && "onStoreError: 'cookie' is for sessions in a store, and there is none");
  if (clash) throw new TypeError(`session: option ${clash}`);
}

function checkOne(given: object, name: string, wanted: string, isRight: (value: never) => boolean): void {
  const value: unknown = Reflect.get(given, name);
  if (value != null && !isRight(value as never)) throw wrongOption(name, value, wanted);
}

function checkMethods(name: string, value: unknown, methods: string): void {
  if (value == null) return;
  for (const method of methods.split(' ')) {
    const found: unknown = Reflect.get(Object(value), method);
    if (typeof found !== 'function') throw wrongOption(`${name}.${method}`, found, 'a function');
  }
}

/** What the cookie library would refuse at the first write is refused at set-up; what browsers drop, if that is strict. */
function checkCookie(options: ResolvedOptions): void {
  const { key, path, domain, sameSite, priority, secure, strict } = options;
  const why = contradictionOf(options, secure);
  if (why) warnOnce(new TypeError(`session: browsers drop the cookie '${key}': ${why}`), strict);
  try {
    void new Cookies.Cookie(key, 'x', { path, domain, sameSite, priority });
  } catch (error) {
    const seen = JSON.stringify({ key, path, domain, sameSite, priority });
    const message = `session: the cookie options make no cookie (${(error as Error).message}): ${seen}`;
    throw new TypeError(message, { cause: error });
  }
}

function wrongOption(name: string, value: unknown, wanted: string): TypeError {
  const seen = typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 0 });
  return new TypeError(`session: option ${name} must be ${wanted}, got ${seen}`);
}
