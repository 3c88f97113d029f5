import type Router from '@koa/router';
import type { Context } from 'koa';
import { deviceOf, safeNext } from '../auth/login-request.ts';
import type { Users } from '../auth/users.ts';
import { formField } from '../http/body.ts';
import { clearSiteData, finish, privatePage, showPage } from '../pages/page.ts';
import type { Services } from '../pages/services.ts';
import { field } from '../views/elements.ts';
import { html, type Html } from '../views/html.ts';
import { userOf } from './current-user.ts';

const ACCOUNT = '/account';

interface LoginForm {
  /** Where to go after login. */
  next: string;
  /** The name as typed. */
  name?: string;
  /** What was wrong: with a field, or `form`, which is shown above the form. */
  errors?: { name?: string; password?: string; form?: string };
}

/** Login and logout. */
export function loginRoutes(router: Router, { login, users, now }: Services): void {
  router.get('/login', privatePage(), (ctx) => {
    const next = safeNext(ctx.query.next, ACCOUNT);
    const user = userOf(ctx);
    if (user) finish(ctx, next, { user: user.name });
    else show(ctx, 200, { next });
  });

  router.post('/login', privatePage(), async (ctx) => {
    const name = formField(ctx, 'name').trim();
    const password = formField(ctx, 'password');
    const next = safeNext(formField(ctx, 'next'), ACCOUNT);
    if (!name || !password) {
      const missing = {
        name: name ? undefined : 'Enter your name.',
        password: password ? undefined : 'Enter your password.',
      };
      return show(ctx, 422, { next, name, errors: missing });
    }

    const result = await login.logIn(name, password, ctx.ip);
    if (result.kind === 'throttled') {
      ctx.set('Retry-After', String(result.retryAfterSeconds));
      const minutes = Math.ceil(result.retryAfterSeconds / 60);
      const form = `Too many attempts. Try again in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`;
      return show(ctx, 429, { next, name, errors: { form } });
    }
    if (result.kind === 'wrong') {
      return show(ctx, 422, { next, name, errors: { password: 'The name or the password is wrong.' } });
    }
    ctx.session.userId = result.user.id;
    ctx.session.loggedInAt = now();
    ctx.session.seenAt = now();
    ctx.session.device = deviceOf(ctx.get('User-Agent'));
    // An attacker may know the id from before the login, so the session gets a new one (session fixation).
    await ctx.session.regenerate();
    finish(ctx, next, { user: result.user.name });
  });

  router.post('/logout', privatePage(), async (ctx) => {
    const { session } = ctx;
    ctx.session = null;
    // Throws if the server cannot end the session; then the browser keeps its cookie.
    await session.manuallyCommit();
    clearSiteData(ctx);
    finish(ctx, '/login', { loggedOut: true });
  });

  function show(ctx: Context, status: number, form: LoginForm): void {
    showPage(ctx, {
      title: form.errors ? 'Login failed' : 'Login',
      status,
      data: form.errors ? { errors: form.errors } : { loggedIn: false },
      main: loginPage(form, users.demo),
    });
  }
}

function loginPage({ next, name = '', errors = {} }: LoginForm, demo: Users['demo']): Html {
  return html`<h1>Login</h1>
    ${errors.form && html`<p class="notice warning" role="alert">${errors.form}</p>`}
    <form class="stack" method="post" action="/login" novalidate>
      <input type="hidden" name="next" value="${next}" />
      ${field({
        name: 'name',
        label: 'Name',
        value: name,
        autocomplete: 'username',
        error: errors.name,
        required: true,
      })}
      ${field({
        name: 'password',
        label: 'Password',
        type: 'password',
        autocomplete: 'current-password',
        error: errors.password,
        autofocus: errors.name === undefined && errors.password !== undefined,
        required: true,
      })}
      <div class="actions"><button>Log in</button></div>
    </form>
    ${
      demo &&
      html`<p class="notice">
        Demo account: <code>${demo.name}</code> with the password <code>${demo.password}</code>. It exists
        only on this machine, outside production.
      </p>`
    }`;
}
