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

/** What `session()` needs of a Koa application, whatever its state and context types. */
export type SessionApp = { use: (...middleware: never[]) => unknown; context: object };

/** The optional folders: what they add to the core. */
export interface Parts {
  /** Makes of a store of koa-session's kind, for one request, one that the core can use. */
  adapt?: (store: SessionStore, asking: Asking) => VersionedStore;
  conflicts?: Conflicts;
  /** Makes responses wait for the session. */
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

/** Makes `session()` of the core and of what the optional folders add to it. */
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
      // A mounted sub-app runs on a context of its parent, which knows nothing of the sub-app's session.
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
    // What failed first is what the client hears of, and once the response is under way nothing can be answered.
    if (!failure && canSend(ctx)) throw error;
    // To a client that has gone nothing could be sent, and nothing is wrong with that.
    if (!(isAbandoned(ctx) && error instanceof LateWriteError)) reportError(ctx, error);
  }
  if (session.used && canSend(ctx)) {
    varyByCookie(ctx);
    // For a session that was only read; a written one has seen to it.
    if (failure) keepOnError(ctx, session.configured.key);
  }
  if (failure) throw failure.error;
}

function makeSetUp(options: Readonly<ResolvedOptions>, parts: Parts, app: SessionApp): SetUp {
  const { encrypt, absoluteMaxAge, idleTimeout, userOf, revocations, valid, store, ContextStore } = options;
  // Of a class that makes one for each request the prototype shows which methods it has.
  const kind = (ContextStore ? ContextStore.prototype : store) as AnyStore | undefined;
  const isOurs = encrypt || absoluteMaxAge || idleTimeout || userOf || revocations;
  return {
    options,
    isInStore: kind !== undefined,
    loadsFirst: Boolean(kind ?? valid ?? revocations ?? absoluteMaxAge),
    // koa-session's records do not say when they began; ours do once an option shows that nobody expects koa-session's.
    recordsCreatedAt: Boolean(isOurs || (kind && isVersioned(kind))),
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

/** The sessions of each app (by its context prototype), by the name of their cookie. */
const registered = new WeakMap<object, Map<string, Readonly<ResolvedOptions>>>();

/** The first of the app's set-ups for this cookie: if their properties differ, all of these show the same session. */
function register(app: SessionApp, options: Readonly<ResolvedOptions>): Readonly<ResolvedOptions> {
  const sessions = registered.get(app.context) ?? new Map<string, Readonly<ResolvedOptions>>();
  const first = sessions.get(options.key) ?? options;
  requireSame(first, options);
  registered.set(app.context, sessions.set(options.key, first));
  return first;
}

/**
 * Two set-ups claim one cookie. Where a request comes by both, the session of the outer one is that of the inner one, too.
 * @throws {TypeError} when one of them is strict
 */
function requireSame(one: Readonly<ResolvedOptions>, other: Readonly<ResolvedOptions>): void {
  const names = Object.keys(one) as (keyof ResolvedOptions)[];
  // Two lists of the same keys are the same.
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

// `ctx[property]`: which session a request's handlers see under that name. Inside a `session()` middleware it is that one's;
// a mounted sub-app may shadow it with one of its own, and afterwards the outer one is back. It stands in the context, since a
// WeakMap by context cost each request 5 µs of garbage collection.

type Bound = Context & { [slot: symbol]: RequestSession | undefined };

/** Shared by all `session()` of that property in this process, since apps can be mounted in each other. */
const slots = Object.create(null) as Record<string, symbol>;

const slotOf = (property: string): symbol => (slots[property] ??= Symbol(property));

/** The session of this request under that name. Undefined when there is no `session()` of that name. */
export const requestSessionOf = (ctx: Context, property: string) => (ctx as Bound)[slotOf(property)];

/**
 * Puts `ctx[property]` on `target`: the context prototype of an app, or a single context. Asked before any middleware has run,
 * the first set-up of the app answers.
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
        // `app.context.session = …` in a test, not a request's assignment.
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
 * Where the session of this request lives.
 *
 * - `'store'`, `'cookie'`: as it was set up
 * - `'outage'`: in a store that cannot be reached, and what is written meanwhile in the cookie (`onStoreError: 'cookie'`)
 * - undefined: this request has no session of that name
 *
 * @param property the name on `ctx` of the session that is meant
 */
export function sessionPlace(ctx: Context, property = 'session'): Place | undefined {
  const session = requestSessionOf(ctx, property);
  if (!session) return undefined;
  return session.isAway ? 'outage' : session.isInStore ? 'store' : 'cookie';
}
