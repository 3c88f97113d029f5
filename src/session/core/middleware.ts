import { isDeepStrictEqual } from 'node:util';
import type { Context, Middleware, Next } from 'koa';
import { warnOnce } from '../cookie/browser-rules.ts';
import { canSend, isAbandoned, keepOnError, LateWriteError, varyByCookie } from '../cookie/response.ts';
import { SessionCookie } from '../cookie/session-cookie.ts';
import { commit } from './commit.ts';
import { CookieKeeper } from './cookie-keeper.ts';
import { emitSessionEvent, reportError } from './events.ts';
import type { Asking, Keeper, Place } from './keeper.ts';
import { type ResolvedOptions, resolveOptions, type SessionOptions } from './options.ts';
import { type Conflicts, type Headers, RequestSession, type SetUp } from './request-session.ts';
import { StoreKeeper } from './store-keeper.ts';
import { isVersioned, type SessionStore, type VersionedStore } from './store.ts';
import { isPromise } from './waiting.ts';

/** What `session()` needs of a Koa application, with any state and context types. */
export type SessionApp = { use: (...middleware: never[]) => unknown; context: object };

/** What the optional folders add to the core. */
export interface Parts {
  /** Wraps a store of koa-session's kind, for one request, as a store that the core can use. */
  adapt?: (store: SessionStore, asking: Asking) => VersionedStore;
  conflicts?: Conflicts;
  /** Makes responses wait until the session is committed. */
  headers?: () => Headers;
  /** What the option `revocations` adds. */
  withRevocations?: (keeper: CookieKeeper) => Keeper;
  /** What `onStoreError: 'cookie'` adds. */
  withFallback?: (keeper: StoreKeeper) => Keeper;
}

export interface SessionFactory {
  (options: SessionOptions | null | undefined, app: SessionApp): Middleware;
  (app: SessionApp, options?: SessionOptions | null): Middleware;
}

/** Makes `session()` from the core and the optional folders. */
export function sessionWith(parts: Parts): SessionFactory {
  return function session(first: unknown, second?: unknown): Middleware {
    const [app, given] = isApp(first) ? [first, second] : [second, first];
    if (!isApp(app)) throw new TypeError('session: app instance required: `session(options, app)`');
    if (given != null && typeof given !== 'object')
      throw new TypeError(`session: the options must be an object, got ${JSON.stringify(given)}`);
    const options = resolveOptions(given ?? {});
    const setUp = makeSetUp(options, parts, app);
    const slot = slotOf(register(app, options).property);
    expose(app.context, slot, setUp);

    return function sessionMiddleware(ctx: Bound, next: Next): Promise<void> {
      const outer = ctx[slot];
      if (outer && outer.phase !== 'before' && outer.options.key === options.key) {
        if (outer.configured !== options) requireSame(outer.configured, options);
        return next();
      }
      // A mounted sub-app runs on the context of its parent, which lacks the property of the sub-app's session.
      if (!(options.property in ctx)) expose(ctx, slot, setUp);
      const own = (ctx[slot] = outer?.configured === options ? outer : new RequestSession(ctx, setUp));
      const running = serve(own, ctx, next);
      return outer ? running.finally(() => (ctx[slot] = outer)) : running;
    };
  };
}

async function serve(session: RequestSession, ctx: Context, next: Next): Promise<void> {
  const beginning = session.begin();
  if (isPromise(beginning)) await beginning;
  let failure: { error: unknown } | undefined;
  try {
    await next();
  } catch (error) {
    failure = { error };
  }
  try {
    const ending = session.end();
    if (isPromise(ending)) await ending;
  } catch (error) {
    // If a handler has failed too, the response has its error; after the headers are sent, it can have none.
    if (!failure && canSend(ctx)) throw error;
    // If the client has gone, a cookie that could not be sent is no error.
    if (!(isAbandoned(ctx) && error instanceof LateWriteError)) reportError(ctx, error);
  }
  if (session.used && canSend(ctx)) {
    varyByCookie(ctx);
    // Writing the cookie does both as well, but a session that was only read writes none.
    if (failure) keepOnError(ctx, session.configured.key);
  }
  if (failure) throw failure.error;
}

function makeSetUp(options: Readonly<ResolvedOptions>, parts: Parts, app: SessionApp): SetUp {
  const { encrypt, absoluteMaxAge, idleTimeout, userOf, revocations, valid, store, ContextStore } = options;
  // The prototype of a ContextStore shows which kind of store it is.
  const kind = (ContextStore ? ContextStore.prototype : store) as AnyStore | undefined;
  const usesOurOptions = encrypt || absoluteMaxAge || idleTimeout || userOf || revocations;
  return {
    options,
    isInStore: kind !== undefined,
    loadsFirst: Boolean(kind ?? valid ?? revocations ?? absoluteMaxAge),
    // koa-session's records do not have `_created`. Ours have it only if one of our options or stores is in use.
    recordsCreatedAt: Boolean(usesOurOptions || (kind && isVersioned(kind))),
    cookie: new SessionCookie(options, {
      app,
      purpose: kind ? 'id' : 'session',
      onRejected: (ctx, error, id) => emitSessionEvent('rejected', ctx, id, error),
    }),
    keeper: keeperOf(kind, options, parts),
    conflicts: parts.conflicts,
    headers: parts.headers?.(),
    commit,
  };
}

type AnyStore = SessionStore | VersionedStore;

function keeperOf(kind: AnyStore | undefined, options: Readonly<ResolvedOptions>, parts: Parts): Keeper {
  const { ContextStore, onStoreError, revocations } = options;
  if (revocations) return need(parts.withRevocations, 'revocations', 'revocations')(new CookieKeeper());
  if (!kind) return new CookieKeeper();
  const wrap = isVersioned(kind) ? null : need(parts.adapt, 'store with get, set and destroy', 'koa-session');
  const keeper = new StoreKeeper((asking) => {
    const store = ContextStore ? new ContextStore(asking.ctx) : kind;
    return wrap && !isVersioned(store) ? wrap(store, asking) : (store as VersionedStore);
  });
  if (onStoreError !== 'cookie') return keeper;
  return need(parts.withFallback, "onStoreError: 'cookie'", 'outage')(keeper);
}

function need<Part>(part: Part | undefined, option: string, folder: string): Part {
  if (part) return part;
  throw new TypeError(`session: option ${option} needs the folder ${folder}/, which this app leaves out`);
}

/** For each app (by its context prototype), the options of its sessions by cookie name. */
const registered = new WeakMap<object, Map<string, Readonly<ResolvedOptions>>>();

/**
 * Returns the options of the app's first `session()` with this cookie. Later ones share its session, even under another
 * property.
 */
function register(app: SessionApp, options: Readonly<ResolvedOptions>): Readonly<ResolvedOptions> {
  const sessions = registered.get(app.context) ?? new Map<string, Readonly<ResolvedOptions>>();
  const first = sessions.get(options.key) ?? options;
  requireSame(first, options);
  registered.set(app.context, sessions.set(options.key, first));
  return first;
}

/**
 * Warns if two set-ups of one cookie have different options. A request that passes both uses the outer one's session.
 * @throws {TypeError} instead, if one of them is strict
 */
function requireSame(one: Readonly<ResolvedOptions>, other: Readonly<ResolvedOptions>): void {
  const names = Object.keys(one) as (keyof ResolvedOptions)[];
  // Two arrays with equal keys are the same option.
  const ignored = isDeepStrictEqual(one.keys, other.keys) ? ['strict', 'keys'] : ['strict'];
  const different = names.filter((name) => !ignored.includes(name) && one[name] !== other[name]);
  if (different.length === 0) return;
  const message =
    `session: two sessions use the cookie '${one.key}' with different options (${different.join(', ')}). Give one of ` +
    'them another `key`, and another `property` if handlers need both.';
  warnOnce(new TypeError(message), one.strict || other.strict);
}

const isApp = (value: unknown): value is SessionApp =>
  typeof value === 'object' && value !== null && 'use' in value && typeof value.use === 'function';

// `ctx[slot]` is the session that handlers see as `ctx[property]`: that of the innermost `session()` middleware. After a
// mounted sub-app has run, the outer session is restored. The slot is a property of the context, since a WeakMap by
// context cost each request 5 µs of garbage collection.

type Bound = Context & { [slot: symbol]: RequestSession | undefined };

/** Slots by property. All apps of the process share them, since apps can be mounted in each other. */
const slots = Object.create(null) as Record<string, symbol>;

const slotOf = (property: string): symbol => (slots[property] ??= Symbol(property));

/** The session of this request with that property; undefined if no `session()` has it. */
export const requestSessionOf = (ctx: Context, property: string) => (ctx as Bound)[slotOf(property)];

/**
 * Defines `ctx[property]` on `target`: the context prototype of an app, or a single context. Before any middleware has
 * run, `ctx[property]` is the session of the app's first set-up.
 */
function expose(target: object, slot: symbol, setUp: SetUp): void {
  const { property } = setUp.options;
  if (Object.hasOwn(target, slot) && Object.hasOwn(target, property)) return;
  (target as Bound)[slot] ??= undefined;
  const sessionOf = (ctx: Bound): RequestSession => (ctx[slot] ??= new RequestSession(ctx, setUp));
  Object.defineProperties(target, {
    [property]: {
      configurable: true,
      get(this: Bound) {
        return sessionOf(this).get();
      },
      set(this: Bound, value: object | null) {
        // `app.context.session = …` in a test replaces the property itself.
        if (this === target && !('req' in this))
          Object.defineProperty(target, property, { value, writable: true, configurable: true });
        else sessionOf(this).set(value);
      },
    },
    [`${property}Options`]: {
      configurable: true,
      get(this: Bound) {
        return sessionOf(this).copyOptions();
      },
    },
  });
}

/**
 * Where the session of this request is kept.
 *
 * - `'store'`, `'cookie'`: as it was set up
 * - `'outage'`: the store is unavailable, and changes are in the cookie meanwhile (`onStoreError: 'cookie'`)
 * - undefined: this request has no session with that property
 *
 * @param property the name of the session on `ctx`
 */
export function sessionPlace(ctx: Context, property = 'session'): Place | undefined {
  const session = requestSessionOf(ctx, property);
  if (!session) return undefined;
  return session.isAway ? 'outage' : session.isInStore ? 'store' : 'cookie';
}
