import { MIN_PASSWORD_LENGTH } from '../auth/login.ts';
import type { User } from '../auth/users.ts';
import type { UserSession } from '../session/index.ts';
import { field, utcTime } from '../views/elements.ts';
import { html, type Html } from '../views/html.ts';

declare module '../session/index.ts' {
  interface SessionData {
    /** What the account page shows once, after a change. */
    notice: AccountNotice;
  }
}

const NOTICES = {
  'session-ended': 'The session has ended.',
  'others-ended': 'All your other sessions have ended.',
  'password-changed': 'Your password is changed, and all your other sessions have ended.',
};

type AccountNotice = keyof typeof NOTICES;

/** The result of a form. */
export interface Outcome {
  notice?: AccountNotice;
  /** Why the password was not changed, for the field that it concerns. */
  errors?: { current?: string; wanted?: string };
}

interface Account extends Outcome {
  user: User;
  loggedInAt: number;
  sessions: UserSession[];
  /** Whether the server can list the user's sessions in other browsers. */
  listsOthers: boolean;
}

export function accountPage({ user, loggedInAt, sessions, listsOthers, notice, errors }: Account): Html {
  return html`<h1>Account</h1>
    ${notice && html`<p class="notice success" role="status">${NOTICES[notice]}</p>`}
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
    <form class="actions" method="post" action="/logout">
      <button>Log out</button>
    </form>
    ${mySessions(sessions, listsOthers)} ${passwordForm(user, errors)}`;
}

function mySessions(sessions: UserSession[], listsOthers: boolean): Html {
  return html`<section aria-labelledby="my-sessions">
    <h2 id="my-sessions">My sessions</h2>
    <p>
      ${
        listsOthers
          ? 'All browsers in which you are logged in.'
          : 'Only this session is listed, because each session lives in a cookie of its browser. You can end all the others.'
      }
    </p>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="my-sessions">
      <table>
        <thead>
          <tr>
            <th scope="col">Device</th>
            <th scope="col">Created</th>
            <th scope="col">Last seen</th>
            <th scope="col">End it</th>
          </tr>
        </thead>
        <tbody>
          ${sessions.map(row)}
        </tbody>
      </table>
    </div>
    <form class="actions" method="post" action="/account/sessions/end-others">
      <button class="secondary">End all my other sessions</button>
    </form>
  </section>`;
}

function row({ handle, isCurrent, data, createdAt, lastSeenAt }: UserSession): Html {
  const device = data.device ?? 'Unknown device';
  return html`<tr data-testid="session">
    <th scope="row">${device}${isCurrent && html` <strong>(this one)</strong>`}</th>
    <td>${createdAt === undefined ? 'unknown' : utcTime(createdAt)}</td>
    <td>${lastSeenAt === undefined ? 'unknown' : utcTime(lastSeenAt)}</td>
    <td>
      ${
        isCurrent
          ? html`by logging out`
          : html`<form method="post" action="/account/sessions/end">
              <input type="hidden" name="handle" value="${handle}" />
              <button class="secondary" aria-label="End the session on ${device}">End</button>
            </form>`
      }
    </td>
  </tr>`;
}

function passwordForm(user: User, errors: NonNullable<Outcome['errors']> = {}): Html {
  return html`<section aria-labelledby="change-password">
    <h2 id="change-password">Change the password</h2>
    <p>This ends all your other sessions, so anybody who used the old password is logged out.</p>
    <form class="stack" method="post" action="/account/password" novalidate>
      <input type="hidden" name="username" autocomplete="username" value="${user.name}" />
      ${field({
        name: 'current-password',
        label: 'Current password',
        type: 'password',
        autocomplete: 'current-password',
        error: errors.current,
        required: true,
      })}
      ${field({
        name: 'new-password',
        label: 'New password',
        type: 'password',
        autocomplete: 'new-password',
        hint: `At least ${MIN_PASSWORD_LENGTH} characters, for example a few words.`,
        error: errors.wanted,
        required: true,
      })}
      <div class="actions"><button>Change the password</button></div>
    </form>
  </section>`;
}
