import type { Middleware } from 'koa';
import type { Users } from '../auth/users.ts';
import { setUser } from './page.ts';

declare module '../session/index.ts' {
  interface SessionData {
    /** Id of who is logged in. */
    userId: string;
    /** When they logged in, ms since 1970. */
    loggedInAt: number;
    /** What to call the browser they logged in with. */
    device: string;
  }
}

/** Finds out who is logged in. A user who is gone since then is nobody, and the session is ended. */
export function currentUser(users: Users): Middleware {
  return async function currentUserMiddleware(ctx, next) {
    const { userId } = ctx.session;
    const user = userId === undefined ? undefined : await users.findById(userId);
    if (userId !== undefined && user === undefined) ctx.session = {};
    setUser(ctx, user);
    await next();
  };
}
