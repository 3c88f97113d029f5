import { inspect } from 'node:util';
import Cookies from 'cookies';
import type { Context } from 'koa';
import { decodeCookie, encodeCookie } from './cookie/codec.ts';
import { contradictionOf } from './cookie/contradictions.ts';
import { isEmptyKey } from './cookie/empty-key.ts';
import type { ExternalKey, SessionOptions } from './options.ts';
import type { SessionRecord } from './record.ts';
import type { Session, SessionData } from './session.ts';
import type { Revocations } from './revocations.ts';
import { isVersioned, type SessionStore, type VersionedStore } from './store.ts';

/** One day in ms: how long a session lives when `maxAge` is not given. */
export const DEFAULT_MAX_AGE = 24 * 60 * 60 * 1000;

/** In ms; what is longer makes dates that no `Date` can hold. */
const LONGEST_MAX_AGE = 8e15;

/** The options with their defaults filled in; each request has a copy of its own as `ctx.sessionOptions`. */
export interface ResolvedOptions {
  key: string;
  maxAge: number | 'session';
  autoCommit: boolean;
  overwrite: boolean;
  httpOnly: boolean;
  signed: boolean;
  encrypt: boolean;
  absoluteMaxAge: number | undefined;
  isActivity: ((ctx: Context) => boolean) | undefined;
  userOf: ((data: Partial<SessionData>) => string | null | undefined) | undefined;
  revocations: Revocations | undefined;
  onRevocationError: 'refuse' | 'accept';
  onStoreError: 'throw' | 'cookie';
  rolling: boolean;
  renew: boolean;
  secure: boolean | undefined;
  sameSite: 'strict' | 'lax' | 'none' | boolean | undefined;
  domain: string | undefined;
  path: string | undefined;
  partitioned: boolean | undefined;
  priority: 'low' | 'medium' | 'high' | undefined;
  verdict: NonNullable<SessionOptions['verdict']> | undefined;
  encode: (record: SessionRecord) => string;
  decode: (text: string) => unknown;
  store: SessionStore | VersionedStore | undefined;
  ContextStore: (new (ctx: Context) => SessionStore | VersionedStore) | undefined;
  externalKey: ExternalKey | undefined;
  genid: ((ctx: Context) => string) | undefined;
  prefix: string;
  valid: ((ctx: Context, data: SessionRecord) => unknown) | undefined;
  beforeSave: ((ctx: Context, session: Session) => unknown) | undefined;
  keys: readonly string[] | undefined;
  property: string;
  now: () => number;
}

/** Where the options of one request are: a handler may change its own copy of them, `ctx.sessionOptions`. */
export interface RequestOptions {
  readonly options: Readonly<ResolvedOptions>;
}

/**
 * Fills in the defaults. The caller's object is only read.
 * @throws {TypeError} naming the option, the value seen and what it may be
 */
export function resolveOptions(given: SessionOptions): Readonly<ResolvedOptions> {
  checkTypes(given);
  const resolved: ResolvedOptions = {
    key: given.key ?? 'koa.sess',
    maxAge: checkMaxAge(given.maxAge ?? maxAgeByItsOldName(given)) || DEFAULT_MAX_AGE,
    autoCommit: given.autoCommit ?? true,
    overwrite: given.overwrite ?? true,
    httpOnly: given.httpOnly ?? true,
    signed: given.signed ?? true,
    encrypt: given.encrypt ?? false,
    absoluteMaxAge: checkAbsoluteMaxAge(given.absoluteMaxAge ?? undefined),
    isActivity: given.isActivity ?? undefined,
    userOf: given.userOf ?? undefined,
    revocations: given.revocations ?? undefined,
    onRevocationError: given.onRevocationError ?? 'refuse',
    onStoreError: given.onStoreError ?? 'throw',
    rolling: given.rolling ?? false,
    renew: given.renew ?? false,
    secure: given.secure ?? undefined,
    sameSite: given.sameSite ?? undefined,
    domain: given.domain ?? undefined,
    path: given.path ?? undefined,
    partitioned: given.partitioned ?? undefined,
    priority: given.priority ?? undefined,
    verdict: given.verdict ?? undefined,
    // Sealing encodes by itself.
    encode: given.encode ?? (given.encrypt ? JSON.stringify : encodeCookie),
    decode: given.decode ?? (given.encrypt ? JSON.parse : decodeCookie),
    store: given.store ?? undefined,
    ContextStore: given.ContextStore ?? undefined,
    externalKey: given.externalKey ?? undefined,
    genid: given.genid ?? undefined,
    prefix: given.prefix ?? '',
    valid: given.valid ?? undefined,
    beforeSave: given.beforeSave ?? undefined,
    keys: given.keys ?? undefined,
    property: given.property ?? 'session',
    now: given.now ?? systemClock,
  };
  checkCookie(resolved);
  return Object.freeze(resolved);
}

/**
 * Whether records say when their session began, and which of them have a `maxAge` of their own. koa-session's do not; so
 * none do unless an option, or a store of ours, shows that nobody expects koa-session's.
 */
export function keepsBeginning(options: Readonly<ResolvedOptions>): boolean {
  const { encrypt, absoluteMaxAge, userOf, revocations, store, ContextStore } = options;
  const kind: SessionStore | VersionedStore | undefined = ContextStore
    ? (ContextStore.prototype as SessionStore | VersionedStore)
    : store;
  return Boolean(encrypt || absoluteMaxAge || userOf || revocations || (kind && isVersioned(kind)));
}

/** The user whose session has these data; undefined: nobody has logged in. */
export function userIn(data: object, { userOf }: Pick<ResolvedOptions, 'userOf'>): string | undefined {
  return userOf?.(data) ?? undefined;
}

/** Looks `Date` up at each call, since tests replace it. */
function systemClock(): number {
  return Date.now();
}

/**
 * Lets through what a session's `maxAge` may be: ms, `'session'`, or nothing (which means the default).
 * @throws {TypeError} for anything else
 */
export function checkMaxAge(value: unknown): number | 'session' | undefined {
  if (value == null || value === 'session') return value ?? undefined;
  if (typeof value === 'number' && Math.abs(value) <= LONGEST_MAX_AGE) return value;
  throw wrongOption('maxAge', value, `a number of ms up to ${LONGEST_MAX_AGE}, or 'session'`);
}

function checkAbsoluteMaxAge(value: number | undefined): number | undefined {
  if (value === undefined || (typeof value === 'number' && value > 0 && value <= LONGEST_MAX_AGE))
    return value;
  throw wrongOption('absoluteMaxAge', value, `a number of ms from 1 up to ${LONGEST_MAX_AGE}`);
}

const TYPES: Partial<Record<keyof SessionOptions, 'string' | 'boolean' | 'function'>> = {
  key: 'string',
  autoCommit: 'boolean',
  overwrite: 'boolean',
  httpOnly: 'boolean',
  signed: 'boolean',
  encrypt: 'boolean',
  isActivity: 'function',
  userOf: 'function',
  rolling: 'boolean',
  renew: 'boolean',
  secure: 'boolean',
  domain: 'string',
  path: 'string',
  partitioned: 'boolean',
  verdict: 'function',
  encode: 'function',
  decode: 'function',
  genid: 'function',
  prefix: 'string',
  valid: 'function',
  beforeSave: 'function',
  property: 'string',
  now: 'function',
};

function checkTypes(given: SessionOptions): void {
  for (const [name, type] of Object.entries(TYPES)) {
    const value = given[name as keyof SessionOptions];
    if (value != null && typeof value !== type) throw wrongOption(name, value, `a ${type}`);
  }
  if (given.key === '') throw wrongOption('key', given.key, 'the name of a cookie');
  if (given.keys != null && !isListOfKeys(given.keys)) {
    // Never with the value: it may hold keys.
    throw new TypeError('session: option keys must be a list of one or more non-empty strings');
  }
  checkMethods('store', given.store, methodsOf(given.store));
  checkMethods('revocations', given.revocations, ['revoke', 'revokeUser', 'isRevoked']);
  if (given.revocations && (given.store ?? given.ContextStore)) {
    throw new TypeError(
      'session: option revocations is for sessions that live in the cookie; a session in a store ends there',
    );
  }
  if (given.onRevocationError != null && !['refuse', 'accept'].includes(given.onRevocationError)) {
    throw wrongOption('onRevocationError', given.onRevocationError, "'refuse' or 'accept'");
  }
  checkMethods('externalKey', given.externalKey, ['get', 'set']);
  checkOnStoreError(given);
  if (given.ContextStore == null) return;
  if (typeof given.ContextStore !== 'function' || !given.ContextStore.prototype) {
    throw wrongOption('ContextStore', given.ContextStore, 'a class');
  }
  const { prototype } = given.ContextStore as { prototype: SessionStore | VersionedStore };
  checkMethods('ContextStore.prototype', prototype, methodsOf(prototype));
}

function checkOnStoreError({ onStoreError, externalKey, store, ContextStore }: SessionOptions): void {
  if (onStoreError != null && !['throw', 'cookie'].includes(onStoreError)) {
    throw wrongOption('onStoreError', onStoreError, "'throw' or 'cookie'");
  }
  if (onStoreError !== 'cookie') return;
  if (externalKey)
    throw new TypeError(
      "session: option onStoreError: 'cookie' needs a cookie, and with externalKey there is none",
    );
  if (!(store ?? ContextStore))
    throw new TypeError(
      "session: option onStoreError: 'cookie' is for sessions in a store, and there is none",
    );
}

/** What a store has to have, by its kind. */
function methodsOf(store: SessionStore | VersionedStore | null | undefined): readonly string[] {
  return store != null && typeof store === 'object' && isVersioned(store)
    ? ['read', 'create', 'update', 'touch', 'destroy', 'listByUser', 'destroyByUser']
    : ['get', 'set', 'destroy'];
}

function isListOfKeys(keys: unknown): boolean {
  return (
    Array.isArray(keys) && keys.length > 0 && keys.every((key) => typeof key === 'string' && !isEmptyKey(key))
  );
}

function checkMethods(name: string, value: object | null | undefined, methods: readonly string[]): void {
  if (value == null) return;
  for (const method of methods) {
    const found: unknown = Reflect.get(Object(value), method);
    if (typeof found !== 'function') throw wrongOption(`${name}.${method}`, found, 'a function');
  }
}

/** What the cookie library would refuse at the first write, or browsers without a word, is refused at set-up. */
function checkCookie(options: ResolvedOptions): void {
  const { key, path, domain, sameSite, priority, secure } = options;
  const contradiction = contradictionOf(options, secure);
  if (contradiction)
    throw new TypeError(`session: every browser would drop the cookie '${key}': ${contradiction}`);
  try {
    void new Cookies.Cookie(key, 'x', { path, domain, sameSite, priority });
  } catch (error) {
    const seen = JSON.stringify({ key, path, domain, sameSite, priority });
    throw new TypeError(`session: the cookie options make no cookie (${(error as Error).message}): ${seen}`, {
      cause: error,
    });
  }
}

function maxAgeByItsOldName(given: object): unknown {
  if (!('maxage' in given)) return undefined;
  process.emitWarning('session: the option `maxage` is called `maxAge` now', 'DeprecationWarning');
  return given.maxage;
}

function wrongOption(name: string, value: unknown, wanted: string): TypeError {
  const seen = typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 0 });
  return new TypeError(`session: option ${name} must be ${wanted}, got ${seen}`);
}
