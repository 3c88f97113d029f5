import type { Context } from 'koa';
import type { MaybePromise } from './persistence.ts';
import { after } from './persistence.ts';
import { isExpired, isRecord, type SessionRecord } from './record.ts';
import type { ResolvedOptions } from './resolve-options.ts';

/** What is to be said of a record: fit to be used, or why not, by the name of the event that reports it. */
export type Verdict = { record: SessionRecord } | { event: 'missed' | 'invalid' | 'expired' };

/** Whether what a decoder or a store has answered is a session to go on with. Waits only for an asynchronous `valid`. */
export function judge(found: unknown, ctx: Context, { now, valid }: ResolvedOptions): MaybePromise<Verdict> {
  if (!found) return { event: 'missed' };
  if (!isRecord(found)) return { event: 'invalid' };
  if (isExpired(found, now())) return { event: 'expired' };
  if (!valid) return { record: found };
  return after(valid(ctx, found), (isValid) => (isValid ? { record: found } : { event: 'invalid' }));
}
