/**
 * Sessions for Koa: copy this folder into any app. It needs koa, cookies, crc and lru-cache and imports nothing else
 * from outside. README.md beside this file has the options, the API and the store contract.
 */
import type { Session } from './session.ts';
import type { ResolvedOptions } from './resolve-options.ts';

export { session, session as default, session as createSession } from './middleware.ts';
export { fingerprint } from './session-id.ts';
export { MemoryStore, type MemoryStoreOptions } from './stores/memory.ts';
export type { ExternalKey, SessionOptions, SessionOptions as CreateSessionOptions } from './options.ts';
export type { SessionEvent, SessionEventName } from './events.ts';
export type { SessionApp } from './middleware.ts';
export type { SessionRecord } from './record.ts';
export type { Session, SessionBase, SessionCallback, SessionData } from './session.ts';
export type { SessionStore, StoreContext } from './stores/store.ts';

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
