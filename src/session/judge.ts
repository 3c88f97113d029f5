import type { Context } from 'koa';
import type { KeptSession } from './kept-session.ts';
import { endOf } from './life.ts';
import { after } from './maybe-promise.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import type { MaybePromise } from './store.ts';

/** Whether a session that was found is fit to go on with, or why not, by the name of the event that reports it. */
export type Verdict = 'fit' | 'expired' | 'invalid';

/** Waits only for an asynchronous `valid`. */
export function judge(
  kept: KeptSession,
  ctx: Context,
  { now, valid }: Pick<ResolvedOptions, 'now' | 'valid'>,
  policy: Readonly<ResolvedOptions>,
): MaybePromise<Verdict> {
  // In the very millisecond of its end a session still lives.
  if ((endOf(kept.life, policy) ?? Infinity) < now()) return 'expired';
  if (!valid) return 'fit';
  return after(valid(ctx, kept.record), (isValid) => (isValid ? 'fit' : 'invalid'));
}
