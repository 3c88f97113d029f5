import { DEMO_ACCOUNT } from '../auth/users.ts';
import { keeperOf, type StorageName } from '../storages.ts';
import { field } from '../views/field.ts';
import { html, type Html } from '../views/html.ts';

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

const AFTER_LOGOUT: Record<'store' | 'cookie', string> = {
  store: 'Logging out removes the session from the server, and the old cookie opens nothing any more.',
  cookie:
    'Logging out removes the cookie from this browser, and the server remembers until its end that it accepts this ' +
    'session no more: a copy that somebody took before opens nothing either.',
};

export function loginPage({ base, storage, next, name, errors, showDemoAccount }: LoginForm): Html {
  return html`<h1>Login</h1>
    <p class="lead">
      Who logs in keeps the data of the session but gets a new id, so that an id planted beforehand is
      worthless. The account page is for those who are logged in, and no cache keeps it.
      ${AFTER_LOGOUT[keeperOf(storage)]}
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
        <code>${DEMO_ACCOUNT.password}</code>. It exists only on this machine, outside production.
      </p>`
    }`;
}
