import type { Context } from 'koa';
import { fingerprint } from './session-id.ts';

/**
 * What the middleware reports on the app, as `session:<name>`:
 *
 * - `missed`: the store does not know the id, or the record is empty
 * - `expired`: the record's time is over
 * - `invalid`: the option `valid` refused it, or it is no record at all
 * - `created`, `saved`, `renewed`: written for the first time; written with changes; written to extend its life
 * - `reissued`: not written, but its cookie was made with an old key and is sent anew
 * - `regenerated`: the same session under a new id
 * - `destroyed`: removed, in the store and in the browser
 * - `merged`: somebody else had changed the session, and both changes are kept
 * - `gone`: the session ended while the request was under way, and what it made of it was not stored
 * - `rejected`: a cookie that browsers drop: too large, and then it is not sent; without the `Secure` that it needs;
 *   one that the option `verdict` says they drop; or one that could no longer be sent
 * - `store-error`: the store, or the one of revocations, has failed
 */
export type SessionEventName = EventOfWriting | EventOfFailure;

type EventOfWriting = 'created' | 'saved' | 'renewed' | 'reissued' | 'regenerated' | 'destroyed' | 'merged';
type EventOfFailure = 'missed' | 'expired' | 'invalid' | 'gone' | 'rejected' | 'store-error';

/** What a listener of `session:*` gets. */
export interface SessionEvent {
  /** The session id; undefined for a cookie that carries none. It is a secret: log `fingerprint`. */
  key: string | undefined;
  /** The short label of the id. */
  fingerprint: string | undefined;
  /** The record that was found, the data that was written, or the error. */
  value: unknown;
  /** Why the session was written, removed or sent again. */
  reason: string | undefined;
  ctx: Context;
}

/** Kept, since text that is put together has to be looked up before it can name anything: 0.2 µs for each event. */
const fullNames: { [Name in SessionEventName]?: string } = {};

/** Reports after the current work, so that a listener can neither delay nor break the request. */
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

/** Reports an error that no caller gets. */
export function reportError(ctx: Context, error: unknown): void {
  // Without a listener, as on a context that was made by hand, `emit` would throw.
  if (ctx.app.listenerCount('error') > 0) ctx.app.emit('error', error, ctx);
  else ctx.app.onerror(error as Error);
}

/**
 * The promise that `save()` and its like return. koa-session's users often do not wait for it: a rejection that nobody
 * listens to is reported on the app, and does not end the process. The same holds for what is chained to it.
 */
export class Answer<T> extends Promise<T> {
  #ctx: Context | undefined;
  #isHeard = false;

  static of<T>(work: Promise<T>, ctx: Context): Promise<T> {
    return new Answer<T>((resolve) => resolve(work)).#reportedOn(ctx);
  }

  // oxlint-disable-next-line unicorn/no-thenable -- to know who listens
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
      // A handler that awaits it listens a moment later.
      setImmediate(() => this.#isHeard || reportError(ctx, error));
    });
    return this;
  }
}
