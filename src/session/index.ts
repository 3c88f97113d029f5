/**
 * Sessions for Koa: copy this folder into any app. It needs koa, cookies, crc and lru-cache and imports nothing else
 * from outside. README.md beside this file has the options, the API and the store contract.
 */
import type { Session } from './session.ts';
import type { ResolvedOptions } from './resolve-options.ts';

export { session, session as default, session as createSession } from './middleware.ts';
export { fingerprint, handleOf } from './session-id.ts';
export { outlasts } from './life.ts';
export { REPLACED_FOR } from './store.ts';
export { CookieTooLargeError } from './cookie/size.ts';
export { LateWriteError, SessionGoneError, StoreUnavailableError } from './errors.ts';
export { MemoryRevocations, type MemoryRevocationsOptions } from './revocations/memory-revocations.ts';
export { MemoryStore, type MemoryStoreOptions } from './memory/memory-store.ts';
export { RedisStore } from './redis/redis-store.ts';
export type { RedisClient, RedisOptions } from './redis/redis-commands.ts';
export { RedisRevocations } from './redis/redis-revocations.ts';
export type {
  CookieVerdict,
  ExternalKey,
  SessionOptions,
  SessionOptions as CreateSessionOptions,
} from './options.ts';
export type { SessionEvent, SessionEventName } from './events.ts';
export type { SessionApp } from './middleware.ts';
export type { SessionRecord } from './record.ts';
export type { Session, SessionBase, SessionCallback, SessionData, UpdateFunction } from './session.ts';
export type { Life } from './life.ts';
export type { RevocableSession, Revocations } from './revocations.ts';
export type {
  ListedSession,
  Outcome,
  SessionStore,
  SessionWrite,
  StoreContext,
  StoredSession,
  Version,
  VersionedStore,
} from './store.ts';
export { sessionPlace, type Place as SessionPlace } from './session-place.ts';
export { type UserSession, userSessions, type UserSessions } from './user-sessions.ts';

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
