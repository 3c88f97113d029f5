import type { Context, Middleware } from 'koa';
import type { User } from '../auth/users.ts';
import type { Services } from '../pages/services.ts';

declare module '../session/index.ts' {
  interface SessionData {
    /** Id of the logged-in user. */
    userId: string;
    /** When they logged in, ms since 1970. */
    loggedInAt: number;
    /** The name of the browser they logged in with. */
    device: string;
    /** When they last made a request, to within {@link SEEN_EVERY}, ms since 1970. */
    seenAt: number;
  }
}

/** How often, in ms, an active user's session is saved, so that "My sessions" can show when they were last seen. */
const SEEN_EVERY = 5 * 60_000;

interface UserState {
  user?: User | undefined;
}

/** Finds the logged-in user. If the account no longer exists, the session ends. */
export function currentUser({ users, now }: Pick<Services, 'users' | 'now'>): Middleware {
  return async function currentUserMiddleware(ctx, next) {
    const { userId } = ctx.session;
    const user = userId === undefined ? undefined : await users.findById(userId);
    if (userId !== undefined && user === undefined) ctx.session = {};
    else if (user && now() - (ctx.session.seenAt ?? 0) >= SEEN_EVERY) ctx.session.seenAt = now();
    (ctx.state as UserState).user = user;
    await next();
  };
}

/** The logged-in user, as {@link currentUser} found them. */
export function userOf(ctx: Context): User | undefined {
  return (ctx.state as UserState).user;
}
