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
 * @param property the name on `ctx` of the session that is meant
 * @throws {Error} when there is no such session
 */
export function sessionPlace(ctx: Context, property = 'session'): Place {
  const session = requestSessionOf(ctx, property);
  if (!session) throw new Error(`session: there is no ctx.${property} here: call app.use(session(…)) first`);
  return session.place;
}
