import type { Users } from '../auth/users.ts';
import { field } from '../views/elements.ts';
import { html, type Html } from '../views/html.ts';

/** What was wrong, beside the field it concerns or above the form. */
export interface LoginErrors {
  name?: string;
  password?: string;
  form?: string;
}

interface LoginForm {
  next: string;
  name?: string;
  errors?: LoginErrors;
  demo: Users['demo'];
}

export function loginPage({ next, name, errors, demo }: LoginForm): Html {
  return html`<h1>Login</h1>
    ${errors?.form && html`<p class="notice warning" role="alert">${errors.form}</p>`}
    <form class="stack" method="post" action="/login" novalidate>
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
      demo &&
      html`<p class="notice">
        Demo account: <code>${demo.name}</code> with the password <code>${demo.password}</code>. It exists
        only on this machine, outside production.
      </p>`
    }`;
}
