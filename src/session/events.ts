import type Koa from 'koa';
import type { Context } from 'koa';
import { fingerprint } from './session-id.ts';

/**
 * What the middleware reports on the app, as `session:<name>`:
 *
 * - `missed`: the store does not know the id, or the record is empty
 * - `expired`: the record's time is over
 * - `invalid`: the option `valid` refused it, or it is no record at all
 * - `created`, `saved`, `renewed`: written for the first time; written with changes; written to extend its life
 * - `regenerated`: the same session under a new id
 * - `destroyed`: removed, in the store and in the browser
 */
export type SessionEventName =
  | 'missed'
  | 'expired'
  | 'invalid'
  | 'created'
  | 'saved'
  | 'renewed'
  | 'regenerated'
  | 'destroyed';

/** What a listener of `session:*` gets. */
export interface SessionEvent {
  /** The session id; undefined in cookie mode. It is a secret: log `fingerprint`. */
  key: string | undefined;
  /** The short label of the id; undefined in cookie mode. */
  fingerprint: string | undefined;
  /** The record that was found, or the data that was written. */
  value: unknown;
  ctx: Context;
}

/** Reports after the current work, so that a listener can neither delay nor break the request. */
export function emitSessionEvent(
  name: SessionEventName,
  ctx: Context,
  key: string | undefined,
  value: unknown,
): void {
  const app: Koa = ctx.app;
  const event = `session:${name}`;
  if (app.listenerCount(event) === 0) return;
  setImmediate(() => {
    app.emit(event, {
      key,
      fingerprint: key && fingerprint(key),
      value,
      ctx,
    } satisfies SessionEvent);
  });
}
