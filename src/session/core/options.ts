import { inspect } from 'node:util';
import Cookies from 'cookies';
import type { Context } from 'koa';
import { contradictionOf, type CookieVerdict, warnOnce } from '../cookie/browser-rules.ts';
import { decodeCookie, encodeCookie } from '../cookie/cookie-lines.ts';
import { isEmptyKey } from '../cookie/keys.ts';
import type { SessionRecord } from './life.ts';
import type { Session, SessionData } from './session.ts';
import { isVersioned, type Revocations, type SessionStore, type VersionedStore } from './store.ts';

/** Reads and sends the session id if it does not travel in the cookie but, for example, in a header. */
export interface ExternalKey {
  /** The session id of this request; anything falsy if it has no id. */
  get(ctx: Context): string | null | undefined;
  /** Sends the session id to the client. Called whenever the session is saved. */
  set(ctx: Context, id: string): void;
}

/**
 * Options of {@link session}. Every one is optional; `null` and `undefined` mean the default. The table in README.md is
 * made by options-table.test.ts from the first paragraph and the `@default` of each.
 */
export interface SessionOptions {
  /**
   * Name of the cookie. Each session of an app needs its own.
   * @default 'koa.sess'
   */
  key?: string | null;
  /**
   * Idle timeout in ms, counted from the last save; `'session'`: the cookie lasts until the browser closes.
   *
   * With `'session'` only `absoluteMaxAge` and `idleTimeout` end the session on the server, so set one of them as well
   * (OWASP ASVS 5.0, 7.3.1).
   * @default 86400000 (a day)
   */
  maxAge?: number | 'session' | null;
  /**
   * With `maxAge: 'session'`: ms without activity after which the session ends on the server.
   *
   * Each request that counts as activity (`isActivity`) extends the session, with `renew` only when half of the time is
   * over (ASVS 5.0, 7.3.1).
   * @default none
   */
  idleTimeout?: number | null;
  /**
   * Longest life in ms, counted from creation or the last `regenerate()`, however active the session is.
   *
   * ASVS 5.0, 7.3.2.
   * @default none
   */
  absoluteMaxAge?: number | null;
  /**
   * Save the session on every response, so that `maxAge` counts from the last request.
   * @default false
   */
  rolling?: boolean | null;
  /**
   * Save the session when less than half of `maxAge` is left: far fewer writes than with `rolling`.
   * @default false
   */
  renew?: boolean | null;
  /**
   * Returns false if the request must not extend the session (polls, prefetches). It may still read and change it.
   *
   * Called when the session is about to be saved.
   * @default every request does
   */
  isActivity?: ((ctx: Context) => boolean) | null;
  /**
   * Store changes when the handlers are done. If false, only `save()` and the other methods store anything.
   *
   * These are `save()`, `update()`, `regenerate()` and `manuallyCommit()`.
   * @default true
   */
  autoCommit?: boolean | null;
  /**
   * A [store](#stores) for sessions on the server; the cookie then holds only the id.
   * @default none: in the cookie
   */
  store?: SessionStore | VersionedStore | null;
  /**
   * Class of a store that needs the request: each request makes a `new ContextStore(ctx)`. Replaces `store`.
   * @default none
   */
  ContextStore?: (new (ctx: Context) => SessionStore | VersionedStore) | null;
  /**
   * `{ get(ctx), set(ctx, id) }` reads and sends the id of a stored session without a cookie, such as in a header.
   *
   * Without a store it has no effect. Ending a session still clears the cookie.
   * @default none
   */
  externalKey?: ExternalKey | null;
  /**
   * Makes a session id, a different one each time, from at least 128 random bits.
   *
   * ASVS 5.0, 7.2.3. An id that is already taken fails the request.
   * @default `sid-`, 192 bits
   */
  genid?: ((ctx: Context) => string) | null;
  /**
   * Text before the ids that the default `genid` makes.
   * @default ''
   */
  prefix?: string | null;
  /**
   * `'cookie'` [bridges](#when-the-store-is-unavailable) an outage; `'throw'` fails the handlers that use the session.
   *
   * With `'cookie'` handlers go on without the stored data. Their changes are sealed into the cookie, and applied to the
   * session when the store is back. Meanwhile a {@link StoreUnavailableError} (503) refuses what must hold on the
   * server: to end a session, to regenerate it, and to log in, as far as `userOf` can tell. `'cookie'` needs keys that
   * are strings. Either way, the app emits `session:store-error`.
   * @default 'throw'
   */
  onStoreError?: 'throw' | 'cookie' | null;
  /**
   * Object that remembers [ended sessions](#logging-out-for-good) in cookie mode. It cannot be combined with a store.
   *
   * Each cookie then carries an id; cookies from before the option was set have no id and are refused. Set
   * `absoluteMaxAge` too: without it a copy of a cookie may be valid for ever, so no revocation can be forgotten.
   * @default none
   */
  revocations?: Revocations | null;
  /**
   * When `revocations` fails, handlers that use the session fail too (503). `'accept'`: the cookie is trusted instead.
   *
   * Either way, the app emits `session:store-error`.
   * @default 'refuse'
   */
  onRevocationError?: 'refuse' | 'accept' | null;
  /**
   * Returns the user id in the data, if somebody is logged in. [`userSessions`](#logging-out-for-good) needs it.
   *
   * With `userOf`, a flood of anonymous sessions does not evict those of users.
   * @default all are anonymous
   */
  userOf?: ((data: Partial<SessionData>) => string | null | undefined) | null;
  /**
   * With `userOf`: a login beyond this number ends the user's oldest session. `Infinity`: no limit.
   *
   * The oldest is the one that was extended longest ago (in RedisStore, the one that would end first). The limit needs
   * a `VersionedStore` that counts, such as `MemoryStore` and `RedisStore`. It has no effect in cookie mode and in
   * stores of koa-session's kind.
   * @default 100
   */
  maxSessionsPerUser?: number | null;
  /**
   * With `userOf` and a `VersionedStore`: ms for which the old id still leads to the session after `regenerate()`.
   *
   * So parallel requests succeed. Their responses carry no cookie. The grace ends at once when the user of the session
   * changes. 0: no grace. A handler that changes a password sets `ctx.sessionOptions.renewGrace = 0`.
   * @default 10000
   */
  renewGrace?: number | null;
  /**
   * Called with each session that is found. If it returns or resolves to something falsy, the request gets a new one.
   *
   * In cookie mode it is called for every request with a cookie, since `ctx.session` cannot await a promise.
   * @default none
   */
  valid?: ((ctx: Context, record: SessionRecord) => unknown) | null;
  /**
   * Called and awaited before each save; may change the session.
   * @default none
   */
  beforeSave?: ((ctx: Context, session: Session) => unknown) | null;
  /**
   * [Seal](#sealed-cookies) the cookie, so that nobody without the keys can read or make one.
   *
   * `signed` then has no effect. The first key encrypts and every key decrypts: a cookie made with an older key is sent
   * again. Cookies that are only signed are refused, so switching `encrypt` on ends their sessions.
   * @default false
   */
  encrypt?: boolean | null;
  /**
   * Send `<key>.sig` too. Without a valid signature a cookie is ignored.
   * @default true
   */
  signed?: boolean | null;
  /**
   * Keys of this session alone, as strings; the first signs and every key verifies.
   *
   * The default is the keys of the app given to `session()`; without these, the keys of the app that it is mounted in.
   * @default `app.keys`
   */
  keys?: readonly string[] | null;
  /**
   * Makes the text of the cookie, in cookie mode.
   * @default base64 of JSON
   */
  encode?: ((record: SessionRecord) => string) | null;
  /**
   * Reads the text of `encode`. A `SyntaxError` means a new session; other errors clear the cookie and fail the handler.
   * @default base64 of JSON
   */
  decode?: ((text: string) => unknown) | null;
  /**
   * Send the cookie over https only. With `true`, sending it over http is an error.
   * @default `ctx.secure`
   */
  secure?: boolean | null;
  /**
   * Hide the cookie from scripts.
   *
   * RFC 6265, 5.2.6; ASVS 5.0, 3.3.4.
   * @default true
   */
  httpOnly?: boolean | null;
  /**
   * Replace a `Set-Cookie` of the same name that the response already has.
   * @default true
   */
  overwrite?: boolean | null;
  /**
   * Which cross-site requests carry the cookie: `'strict'` (or `true`), `'lax'` or `'none'`. Always set it.
   *
   * Browsers treat a cookie without it as Lax, each in its own way.
   * @default not sent
   */
  sameSite?: 'strict' | 'lax' | 'none' | boolean | null;
  /**
   * Host whose subdomains get the cookie too.
   * @default this host alone
   */
  domain?: string | null;
  /**
   * URL path below which the cookie is sent.
   * @default '/'
   */
  path?: string | null;
  /**
   * A separate cookie for each top-level site (CHIPS). Browsers require `secure` with it.
   * @default false
   */
  partitioned?: boolean | null;
  /**
   * Chromium evicts cookies of a lower priority first: `'low'`, `'medium'` or `'high'`.
   * @default not sent
   */
  priority?: 'low' | 'medium' | 'high' | null;
  /**
   * Tells if browsers drop a `Set-Cookie` line. If so, the request fails, or in production the app emits `rejected`.
   *
   * Production is `app.env`. Called for each line that the session sends; `checkSetCookie` of `src/set-cookie` fits.
   * @default none
   */
  verdict?: ((line: string, response: { url: string }) => CookieVerdict) | null;
  /**
   * Errors, not warnings, for cookie options that browsers refuse, and for two sessions of one `key` that differ.
   *
   * koa-session accepts both, so an app that comes from it could break.
   * @default false
   */
  strict?: boolean | null;
  /**
   * Errors, not warnings, for data that JSON changes, such as a Date, a Map or a class instance.
   *
   * The message names the key, and nothing is saved. BigInt and cycles are always an error.
   * @default false
   */
  strictData?: boolean | null;
  /**
   * Name on `ctx`, so that an app can have several sessions. The options are in `ctx.<property>Options`.
   * @default 'session'
   */
  property?: string | null;
  /**
   * The clock, in ms since 1970; for tests.
   * @default `Date.now`
   */
  now?: (() => number) | null;
}

/** One day in ms: the default of `maxAge`. */
export const DEFAULT_MAX_AGE = 24 * 60 * 60 * 1000;

/** In ms. A longer `maxAge` makes dates beyond the range of `Date`. */
const LONGEST_MAX_AGE = 8e15;

/** Options for which only the type is checked. */
const TYPES = {
  string: 'key domain path prefix property',
  boolean: 'autoCommit overwrite httpOnly signed encrypt rolling renew secure partitioned strict strictData',
  function: 'isActivity userOf verdict encode decode genid valid beforeSave now',
};

type Option = keyof SessionOptions;

/** By option: what its value must be, in words, and the check of it. */
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

/** Options with checks of their own. */
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
  // Looks up `Date` at each call, since tests replace it.
  now: () => Date.now(),
} satisfies SessionOptions;

/** The options with their defaults filled in. Each request has its own copy, as `ctx.sessionOptions`. */
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
  // Sealing encodes the text, so base64 of the JSON is not needed.
  const whenSealed = given.encrypt ? { encode: JSON.stringify, decode: JSON.parse } : undefined;
  const defaults: SessionOptions = { ...DEFAULTS, ...whenSealed };
  const filled = ALL.map((name) => [name, given[name] ?? defaults[name]]);
  const resolved = Object.fromEntries(filled) as ResolvedOptions;
  const { maxage } = given as { maxage?: unknown };
  if (given.maxAge == null && maxage !== undefined)
    process.emitWarning('session: the option `maxage` is called `maxAge` now', 'DeprecationWarning');
  resolved.maxAge = checkMaxAge(given.maxAge ?? maxage) || DEFAULT_MAX_AGE;
  checkCookie(resolved);
  return Object.freeze(resolved);
}

/** The user id in the data; undefined: nobody is logged in. */
export const userIn = (data: object, { userOf }: Pick<ResolvedOptions, 'userOf'>) =>
  userOf?.(data) ?? undefined;

/**
 * Returns a valid `maxAge`: ms, `'session'`, or undefined, which means the default.
 * @throws {TypeError} for any other value
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
  // The message never shows the value: it may hold keys.
  if (keys != null && !(isList && keys.every((key) => typeof key === 'string' && !isEmptyKey(key))))
    throw new TypeError('session: option keys must be a list of one or more non-empty strings');
  checkMethods('externalKey', externalKey, 'get set');
  checkMethods('revocations', revocations, 'revoke revokeUser isRevoked');
  const versioned = 'read create update touch destroy listByUser destroyByUser';
  // Each kind of store has its own methods.
  for (const [name, one] of Object.entries({ store, 'ContextStore.prototype': ContextStore?.prototype }))
    checkMethods(name, one, isVersioned(Object(one)) ? versioned : 'get set destroy');
  const isInStore = (store ?? ContextStore) != null;
  const needsStore = onStoreError === 'cookie';
  const clash =
    (revocations && isInStore && 'revocations is for sessions that live in the cookie, not in a store') ||
    (needsStore && externalKey && "onStoreError: 'cookie' needs a cookie, not an externalKey") ||
    (needsStore && !isInStore && "onStoreError: 'cookie' needs a store: set the option store");
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

/** Refuses at set-up what the cookie library would refuse at the first write, and with `strict` what browsers drop. */
function checkCookie(options: ResolvedOptions): void {
  const { key, path, domain, sameSite, priority, secure, strict } = options;
  const why = contradictionOf(options, secure);
  if (why) warnOnce(new TypeError(`session: browsers drop the cookie '${key}': ${why}`), strict);
  try {
    void new Cookies.Cookie(key, 'x', { path, domain, sameSite, priority });
  } catch (error) {
    const seen = JSON.stringify({ key, path, domain, sameSite, priority });
    const message = `session: no cookie can be made with these options (${(error as Error).message}): ${seen}`;
    throw new TypeError(message, { cause: error });
  }
}

function wrongOption(name: string, value: unknown, wanted: string): TypeError {
  const seen = typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 0 });
  return new TypeError(`session: option ${name} must be ${wanted}, got ${seen}`);
}
