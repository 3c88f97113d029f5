import type { Context } from 'koa';
import type { SessionRecord } from '../record.ts';

/** What a store is told beside the id. `ctx` is the request on whose behalf it works. */
export interface StoreContext {
  ctx: Context;
}

/**
 * Keeps session records on the server. Any object with these three methods is a store, koa-session's included;
 * each may answer at once or with a promise.
 *
 * A record's nested values are those of the session, which handlers may go on changing: a store keeps text or a deep
 * copy, never the object. Errors are for faults of
 * the system (no connection, disk full); a session that is not there is no error.
 */
export interface SessionStore {
  /**
   * The record kept under `id`; undefined or null when there is none or when its time is over. Handlers change
   * what they get, so every call answers with an object of its own.
   * @param maxAge the idle timeout in force, in ms, or 'session'
   */
  get(id: string, maxAge: number | 'session', options: StoreContext & { rolling: boolean }): unknown;

  /**
   * Keeps `record` under `id`, replacing what was there.
   * @param ttl ms after which the record may be forgotten: the session's `maxAge` and ten seconds, so that the
   *   cookie ends first; 'session' when the session has no end of its own
   * @param options `changed` is false when only the expiry moved
   */
  set(
    id: string,
    record: SessionRecord,
    ttl: number | 'session',
    options: StoreContext & { changed: boolean; rolling: boolean },
  ): unknown;

  /** Forgets `id`. Nothing happens when it is not there. */
  destroy(id: string, options: StoreContext): unknown;
}
