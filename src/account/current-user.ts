import type { Context, Middleware } from 'koa';
import type { User } from '../auth/users.ts';
import type { Services } from '../pages/services.ts';

declare module '../session/index.ts' {
  interface SessionData {
    /** Id of the logged-in user. */
    userId: string;
    /** When they logged in, ms since 1970. */
    loggedInAt: number;
    /** What to call the browser they logged in with. */
    device: string;
    /** When they were last there, give or take {@link SEEN_EVERY}, ms since 1970. */
    seenAt: number;
  }
}

/** In ms. A session is saved that often while its user is active, so that "my sessions" can tell when that was. */
const SEEN_EVERY = 5 * 60_000;

interface UserState {
  user?: User | undefined;
}

/** Finds out who is logged in. A user who is gone since then is nobody, and the session is ended. */
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

/** The logged-in user, as {@link currentUser} has found out. */
export function userOf(ctx: Context): User | undefined {
  return (ctx.state as UserState).user;
}
