import type Router from '@koa/router';
import type { Context } from 'koa';
import type { User } from '../auth/users.ts';
import { formField } from '../http/body.ts';
import { finish, prefersJson, privatePage, showPage } from '../pages/page.ts';
import type { Services } from '../pages/services.ts';
import { type Session, sessionPlace, StoreUnavailableError, userSessions } from '../session/index.ts';
import { accountPage, type Outcome } from './account-page.ts';
import { userOf } from './current-user.ts';

const path = '/account';

/** The account of the user who is logged in: their sessions and their password. */
export function accountRoutes(router: Router, { login, now }: Services): void {
  router.get(path, privatePage(), async (ctx) => {
    const user = userOf(ctx);
    if (!user) {
      requireAnswer(ctx);
      if (prefersJson(ctx)) ctx.throw(401, 'Log in first.');
      return finish(ctx, `/login?next=${encodeURIComponent(ctx.path)}`, {});
    }
    const { notice } = ctx.session;
    delete ctx.session.notice;
    await show(ctx, user, 200, notice && { notice });
  });

  router.post(`${path}/sessions/end`, privatePage(), async (ctx) => {
    requireUser(ctx);
    const wasThere = await userSessions(ctx).end(formField(ctx, 'handle'));
    // null if it was this session that ended.
    const session: Session | null = ctx.session;
    if (wasThere && session) session.notice = 'session-ended';
    finish(ctx, path, { ended: wasThere ? 1 : 0 });
  });

  router.post(`${path}/sessions/end-others`, privatePage(), async (ctx) => {
    requireUser(ctx);
    const ended = await userSessions(ctx).endOthers();
    ctx.session.notice = 'others-ended';
    finish(ctx, path, { ended: ended ?? 'all others' });
  });

  router.post(`${path}/password`, privatePage(), async (ctx) => {
    const user = requireUser(ctx);
    const current = formField(ctx, 'current-password');
    const wanted = formField(ctx, 'new-password');
    if (!current) return show(ctx, user, 422, { errors: { current: 'Enter your current password.' } });
    // The session gets its new id first: if that fails, the password stays. The old id is invalid at once.
    const renew = () => {
      ctx.sessionOptions.renewGrace = 0;
      return ctx.session.regenerate();
    };
    const result = await login.changePassword(user, current, wanted, ctx.ip, renew);
    switch (result.kind) {
      case 'throttled':
        ctx.set('Retry-After', String(result.retryAfterSeconds));
        return show(ctx, user, 429, { errors: { current: 'Not changed: too many attempts. Try later.' } });
      case 'wrong':
        return show(ctx, user, 422, { errors: { current: 'This is not your password.' } });
      case 'refused':
        return show(ctx, user, 422, { errors: { wanted: result.reason } });
      case 'ok':
        ctx.session.notice = 'password-changed';
        // This logs out anybody who used the old password.
        await endOthers(ctx);
        finish(ctx, path, { passwordChanged: true });
    }
  });

  async function show(ctx: Context, user: User, status: number, outcome: Outcome = {}): Promise<void> {
    const { loggedInAt = now() } = ctx.session;
    const sessions = await userSessions(ctx).list();
    const listsOthers = sessionPlace(ctx) !== 'cookie';
    showPage(ctx, {
      title: 'Account',
      status,
      data: {
        user: user.name,
        loggedInAt: new Date(loggedInAt).toISOString(),
        sessions: sessions.map(({ data, ...session }) => ({ ...session, device: data.device })),
        errors: outcome.errors,
      },
      main: accountPage({ user, loggedInAt, sessions, listsOthers, ...outcome }),
    });
  }
}

async function endOthers(ctx: Context): Promise<void> {
  try {
    await userSessions(ctx).endOthers();
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    const { message, headers } = error;
    ctx.throw(503, `Your password is changed. ${message}`, { expose: true, headers, cause: error });
  }
}

function requireUser(ctx: Context): User {
  const user = userOf(ctx);
  if (!user) requireAnswer(ctx);
  return user ?? ctx.throw(401, 'Your session has ended, so nothing was changed. Log in again.');
}

/** While the store is unavailable, a user without a session may be logged in: the login page would be wrong. */
function requireAnswer(ctx: Context): void {
  if (sessionPlace(ctx) !== 'outage') return;
  const message = 'We cannot check your login right now. Nothing was changed. Please try again soon.';
  ctx.throw(503, message, { expose: true, headers: { 'Retry-After': '30' } });
}
