import type { Context } from 'koa';
import { fingerprint } from './session-id.ts';

/**
 * The events that the app emits, as `session:<name>`:
 *
 * - `missed`: the store does not know the id, the record is empty, or the session was revoked
 * - `expired`: the session's time is over
 * - `invalid`: the option `valid` refused the session, or what was found is no record
 * - `created`, `saved`, `renewed`: written for the first time; with other data; with the same data, to extend it
 * - `reissued`: not written, but its cookie was made with an old key and is sent again
 * - `regenerated`: written under a new id
 * - `destroyed`: ended by this request, in the store and in the browser
 * - `merged`: another request had changed the session, and its changes were merged in
 * - `gone`: the session ended or got another id during the request, and the request's changes were not stored
 * - `rejected`: browsers drop the cookie (it is too large and was not sent, it lacks the `Secure` that it needs, or
 *   `verdict` says so), or the cookie could no longer be sent
 * - `store-error`: the store or `revocations` failed
 */
export type SessionEventName = EventOfWriting | EventOfFailure;

type EventOfWriting = 'created' | 'saved' | 'renewed' | 'reissued' | 'regenerated' | 'destroyed' | 'merged';
type EventOfFailure = 'missed' | 'expired' | 'invalid' | 'gone' | 'rejected' | 'store-error';

/** What a listener of `session:*` gets. */
export interface SessionEvent {
  /** The session id; undefined if the cookie has no id. It is a secret: log `fingerprint` instead. */
  key: string | undefined;
  /** A short label of the id, safe to log. */
  fingerprint: string | undefined;
  /** The record that was found, the data that was written, lost or removed, or the error. */
  value: unknown;
  /** Why the session was written, removed or sent again. */
  reason: string | undefined;
  ctx: Context;
}

/** The full names, made once: to build one for each event takes 0.2 µs. */
const fullNames: { [Name in SessionEventName]?: string } = {};

/** Emits after the current work, so that a listener can neither delay nor break the request. */
export function emitSessionEvent(
  name: SessionEventName,
  ctx: Context,
  key: string | undefined,
  value: unknown,
  reason?: string,
): void {
  const { app } = ctx;
  const event = (fullNames[name] ??= `session:${name}`);
  if (app.listenerCount(event) === 0) return;
  setImmediate(() => {
    app.emit(event, { key, fingerprint: key && fingerprint(key), value, reason, ctx } satisfies SessionEvent);
  });
}

/** Emits `error` on the app, for an error that no caller gets. */
export function reportError(ctx: Context, error: unknown): void {
  // `emit` would throw if the app has no listener, as with a context made by hand.
  if (ctx.app.listenerCount('error') > 0) ctx.app.emit('error', error, ctx);
  else ctx.app.onerror(error as Error);
}

/**
 * The promise that `save()`, `update()` and the others return. Apps written for koa-session often do not await it, so a
 * rejection that nobody handles goes to `app.on('error')` and does not end the process. So do promises chained to it.
 */
export class Answer<T> extends Promise<T> {
  #ctx: Context | undefined;
  #isHeard = false;

  static of<T>(work: Promise<T>, ctx: Context): Promise<T> {
    return new Answer<T>((resolve) => resolve(work)).#reportedOn(ctx);
  }

  // oxlint-disable-next-line unicorn/no-thenable -- to know whether anybody handles it
  override then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#isHeard = true;
    const next = super.then(fulfilled, rejected) as Answer<A | B>;
    return this.#ctx ? next.#reportedOn(this.#ctx) : next;
  }

  #reportedOn(ctx: Context): this {
    this.#ctx = ctx;
    void super.then(undefined, (error: unknown) => {
      // A handler that awaits the promise calls `then` a moment later.
      setImmediate(() => this.#isHeard || reportError(ctx, error));
    });
    return this;
  }
}
