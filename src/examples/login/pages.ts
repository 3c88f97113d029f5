import { DEMO_ACCOUNT, type User } from '../../auth/users.ts';
import { field } from '../../views/field.ts';
import { html, type Html } from '../../views/html.ts';
import type { StorageName } from '../../views/layout.ts';
import { utcTime } from '../../views/time.ts';

/** What was wrong, beside the field it concerns or above the form. */
export interface LoginErrors {
  name?: string;
  password?: string;
  form?: string;
}

interface LoginForm {
  base: string;
  storage: StorageName;
  next: string;
  name?: string;
  errors?: LoginErrors;
  showDemoAccount: boolean;
}

const AFTER_LOGOUT: Record<StorageName, string> = {
  memory: 'Logging out removes the session from the server, and the old cookie opens nothing any more.',
  cookie:
    'Logging out removes the cookie from this browser; a copy that somebody took before stays good until its end, ' +
    'since the server keeps nothing that it could remove.',
};

export function loginPage({ base, storage, next, name, errors, showDemoAccount }: LoginForm): Html {
  return html`<h1>Login</h1>
    <p class="lead">
      Who logs in keeps the data of the session but gets a new id, so that an id planted beforehand is
      worthless. The account page is for those who are logged in, and no cache keeps it.
      ${AFTER_LOGOUT[storage]}
    </p>
    ${errors?.form && html`<p class="notice warning" role="alert">${errors.form}</p>`}
    <form class="stack" method="post" action="${base}/login" novalidate>
      <input type="hidden" name="next" value="${next}" />
      ${field({
        name: 'name',
        autofocus: errors?.name !== undefined,
        label: 'Name',
        value: name ?? '',
        autocomplete: 'username',
        error: errors?.name,
        required: true,
      })}
      ${field({
        name: 'password',
        autofocus: errors?.password !== undefined && errors.name === undefined,
        label: 'Password',
        type: 'password',
        autocomplete: 'current-password',
        error: errors?.password,
        required: true,
      })}
      <div class="actions"><button>Log in</button></div>
    </form>
    ${
      showDemoAccount &&
      html`<p class="notice">
        Demo account: <code>${DEMO_ACCOUNT.name}</code> with the password
        <code>${DEMO_ACCOUNT.password}</code>. It exists only outside production.
      </p>`
    }`;
}

interface Account {
  base: string;
  user: User;
  loggedInAt: number;
}

export function accountPage({ base, user, loggedInAt }: Account): Html {
  return html`<h1>Account</h1>
    <p class="lead">
      This page is private: without a login it sends you to the login page and remembers where you wanted to
      go. It is sent with <code>Cache-Control: no-store</code>, so after logout the Back button shows nothing
      of it.
    </p>
    <dl class="facts">
      <div>
        <dt>Name</dt>
        <dd data-testid="user">${user.displayName} (<code>${user.name}</code>)</dd>
      </div>
      <div>
        <dt>Logged in</dt>
        <dd>${utcTime(loggedInAt)}</dd>
      </div>
    </dl>
    <form class="actions" method="post" action="${base}/logout">
      <button>Log out</button>
    </form>`;
}
