import type { Context } from 'koa';
import { requestSessionOf } from './binding.ts';
import type { Place } from './persistence.ts';

export type { Place };

/**
 * Where the session of this request lives.
 *
 * - `'store'`, `'cookie'`: as it was set up
 * - `'outage'`: in a store that cannot be reached, and what is written meanwhile in the cookie (`onStoreError: 'cookie'`)
 *
 * - undefined: this request has no session of that name
 *
 * @param property the name on `ctx` of the session that is meant
 */
export function sessionPlace(ctx: Context, property = 'session'): Place | undefined {
  return requestSessionOf(ctx, property)?.place;
}
