import type Router from '@koa/router';
import type { Context } from 'koa';
import { deviceOf, safeNext } from '../auth/login-request.ts';
import { clearSiteData, privatePage } from '../auth/private-page.ts';
import { formField } from '../http/body.ts';
import { finish, showPage } from '../pages/page.ts';
import type { Services } from '../pages/services.ts';
import { userOf } from './current-user.ts';
import { type LoginErrors, loginPage } from './login-page.ts';

const ACCOUNT = '/account';

/** Login and logout. */
export function loginRoutes(router: Router, { login, users, now }: Services): void {
  router.get('/login', privatePage(), (ctx) => {
    const next = safeNext(ctx.query.next, ACCOUNT);
    if (userOf(ctx)) return finish(ctx, next, { user: userOf(ctx)?.name });
    showLogin(ctx, { next });
  });

  router.post('/login', privatePage(), async (ctx) => {
    const name = formField(ctx, 'name').trim();
    const password = formField(ctx, 'password');
    const next = safeNext(formField(ctx, 'next'), ACCOUNT);
    const errors: LoginErrors = {
      ...(!name && { name: 'Enter your name.' }),
      ...(!password && { password: 'Enter your password.' }),
    };
    if (Object.keys(errors).length > 0) return showLogin(ctx, { next, name, errors, status: 422 });

    const result = await login.logIn(name, password, ctx.ip);
    if (result.kind === 'throttled') {
      ctx.set('Retry-After', String(result.retryAfterSeconds));
      const minutes = Math.ceil(result.retryAfterSeconds / 60);
      const form = `Too many attempts. Try again in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`;
      return showLogin(ctx, { next, name, errors: { form }, status: 429 });
    }
    if (result.kind === 'wrong') {
      const wrong = 'The name or the password is wrong.';
      return showLogin(ctx, { next, name, errors: { password: wrong }, status: 422 });
    }
    ctx.session.userId = result.user.id;
    ctx.session.loggedInAt = now();
    ctx.session.seenAt = now();
    ctx.session.device = deviceOf(ctx.get('User-Agent'));
    // An id that was known before the login must not be one of a logged-in session (session fixation).
    await ctx.session.regenerate();
    finish(ctx, next, { user: result.user.name });
  });

  router.post('/logout', privatePage(), async (ctx) => {
    const { session } = ctx;
    ctx.session = null;
    // Fails when the server cannot end it; then the browser keeps what it has.
    await session.manuallyCommit();
    clearSiteData(ctx);
    finish(ctx, '/login', { loggedOut: true });
  });

  function showLogin(
    ctx: Context,
    form: { next: string; name?: string; errors?: LoginErrors; status?: number },
  ): void {
    showPage(ctx, {
      title: form.errors ? 'Login failed' : 'Login',
      status: form.status ?? 200,
      data: form.errors ? { errors: form.errors } : { loggedIn: false },
      main: loginPage({ demo: users.demo, ...form }),
    });
  }
}
