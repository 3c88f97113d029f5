/**
 * Sessions for Koa: copy this folder into any app. It needs koa, cookies, crc and lru-cache and imports nothing else
 * from outside. README.md beside this file has the options and the API, core/store.ts the contracts of stores.
 */
import type { Session } from './core/session.ts';
import type { ResolvedOptions } from './core/options.ts';
import { sessionWith } from './core/middleware.ts';
import { adapt } from './koa-session/classic-store.ts';
import { conflicts } from './conflicts/conflicts.ts';
import { HeaderGates } from './headers/header-gate.ts';
import { FallbackKeeper } from './outage/fallback-keeper.ts';
import { RevokingKeeper } from './revocations/revoking-keeper.ts';

/**
 * Gives every request a session, as `ctx.session`.
 *
 * @example
 * app.keys = [process.env.SESSION_KEY];
 * app.use(session({ maxAge: 86_400_000, sameSite: 'lax' }, app));
 * app.use((ctx) => {
 *   ctx.session.views = (ctx.session.views ?? 0) + 1;
 *   ctx.body = `${ctx.session.views} views`;
 * });
 *
 * @throws {TypeError} when there is no app, an option is not what it must be, or the app already has a session with
 *   this cookie but other options
 */
export const session = sessionWith({
  adapt,
  conflicts,
  headers: () => new HeaderGates(),
  withRevocations: (keeper) => new RevokingKeeper(keeper),
  withFallback: (keeper) => new FallbackKeeper(keeper),
});
export { session as default, session as createSession };
export { fingerprint, handleOf } from './core/session-id.ts';
export { outlasts } from './core/life.ts';
export { REPLACED_FOR } from './core/store.ts';
export { CookieTooLargeError, type CookieVerdict } from './cookie/browser-rules.ts';
export { LateWriteError } from './cookie/response.ts';
export { SessionGoneError } from './core/session.ts';
export { StoreUnavailableError } from './core/keeper.ts';
export { MemoryRevocations, type MemoryRevocationsOptions } from './revocations/memory-revocations.ts';
export { MemoryStore, type MemoryStoreOptions } from './memory/memory-store.ts';
export { RedisStore } from './redis/redis-store.ts';
export type { RedisClient, RedisOptions } from './redis/redis-commands.ts';
export { RedisRevocations } from './redis/redis-revocations.ts';
export type { ExternalKey, SessionOptions, SessionOptions as CreateSessionOptions } from './core/options.ts';
export type { SessionEvent, SessionEventName } from './core/events.ts';
export type { SessionApp } from './core/middleware.ts';
export type { SessionRecord } from './core/life.ts';
export type { Session, SessionBase, SessionCallback, SessionData, UpdateFunction } from './core/session.ts';
export type { Life } from './core/life.ts';
export type {
  Ending,
  ListedSession,
  Outcome,
  RevocableSession,
  Revocations,
  SessionStore,
  SessionWrite,
  StoreContext,
  StoredSession,
  UserIndex,
  Version,
  VersionedStore,
} from './core/store.ts';
export { sessionPlace } from './core/middleware.ts';
export type { Place as SessionPlace } from './core/keeper.ts';
export { type UserSession, userSessions, type UserSessions } from './users/user-sessions.ts';

declare module 'koa' {
  interface ExtendableContext {
    /**
     * The session of this request. Set it to an object to replace its data, to null to destroy it; from then on it is
     * null until it is set again.
     */
    get session(): Session;
    set session(value: object | null);
    /** The options this request's session follows: a copy, so that a handler can change them for this request. */
    readonly sessionOptions: ResolvedOptions;
  }
}
