/**
 * Sessions for Koa: copy this folder into any app. It imports only koa, cookies, crc and lru-cache from outside.
 * README.md beside this file has the options and the API; core/store.ts has the contracts of stores.
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
 * @throws {TypeError} when the app is missing, when an option has a wrong value, or with `strict` when the app already
 *   has a session with this cookie and different options
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
export { type Life, outlasts, type SessionRecord } from './core/life.ts';
export { REPLACED_FOR } from './core/store.ts';
export { CookieTooLargeError, type CookieVerdict } from './cookie/browser-rules.ts';
export { LateWriteError } from './cookie/response.ts';
export { SessionGoneError } from './core/session.ts';
export { type Place as SessionPlace, StoreUnavailableError } from './core/keeper.ts';
export { MemoryRevocations, type MemoryRevocationsOptions } from './revocations/memory-revocations.ts';
export { MemoryStore, type MemoryStoreOptions } from './memory/memory-store.ts';
export { RedisStore } from './redis/redis-store.ts';
export type { RedisClient, RedisOptions } from './redis/redis-commands.ts';
export { RedisRevocations } from './redis/redis-revocations.ts';
export type { ExternalKey, SessionOptions, SessionOptions as CreateSessionOptions } from './core/options.ts';
export type { SessionEvent, SessionEventName } from './core/events.ts';
export { type SessionApp, sessionPlace } from './core/middleware.ts';
export type { Session, SessionBase, SessionCallback, SessionData, UpdateFunction } from './core/session.ts';
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
export { type UserSession, userSessions, type UserSessions } from './users/user-sessions.ts';

declare module 'koa' {
  interface ExtendableContext {
    /**
     * The session of this request. Set it to an object to replace its data, or to null to end it: it then stays null
     * until it is set again.
     */
    get session(): Session;
    set session(value: object | null);
    /** The options of this request's session: a copy, so a handler can change them for this request alone. */
    readonly sessionOptions: ResolvedOptions;
  }
}
