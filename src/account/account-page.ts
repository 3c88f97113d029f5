import { MIN_PASSWORD_LENGTH } from '../auth/login.ts';
import type { User } from '../auth/users.ts';
import type { UserSession } from '../session/index.ts';
import { keeperOf, type StorageName } from '../storages.ts';
import { field } from '../views/field.ts';
import { html, type Html } from '../views/html.ts';
import { utcTime } from '../views/time.ts';

declare module '../session/index.ts' {
  interface SessionData {
    /** What the account page says once, after something was done. */
    notice: AccountNotice;
  }
}

export type AccountNotice = 'session-ended' | 'others-ended' | 'password-changed';

const NOTICES: Record<AccountNotice, string> = {
  'session-ended': 'The session has ended.',
  'others-ended': 'All your other sessions have ended.',
  'password-changed': 'Your password is changed, and all your other sessions have ended.',
};

/** What was wrong with a change of the password, beside the field it concerns. */
export interface PasswordErrors {
  current?: string;
  wanted?: string;
}

interface Account {
  base: string;
  storage: StorageName;
  user: User;
  loggedInAt: number;
  sessions: UserSession[];
  notice?: AccountNotice;
  errors?: PasswordErrors;
}

export function accountPage({ base, storage, user, loggedInAt, sessions, notice, errors }: Account): Html {
  return html`<h1>Account</h1>
    <p class="lead">
      This page is private: without a login it sends you to the login page and remembers where you wanted to
      go. It is sent with <code>Cache-Control: no-store</code>, so after logout the Back button shows nothing
      of it.
    </p>
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
    <form class="actions" method="post" action="${base}/logout">
      <button>Log out</button>
    </form>
    ${mySessions(base, storage, sessions)} ${passwordForm(base, user, errors)}`;
}

const WHAT_IS_LISTED: Record<'store' | 'cookie', string> = {
  store: 'Every browser in which you are logged in. Ended from here, its next request finds no session.',
  cookie:
    'Here each session lives in a cookie of its browser, and the server cannot list what it does not keep: you see ' +
    'but this one. It can end the others all the same, since it remembers what it no longer accepts.',
};

function mySessions(base: string, storage: StorageName, sessions: UserSession[]): Html {
  return html`<section aria-labelledby="my-sessions">
    <h2 id="my-sessions">My sessions</h2>
    <p>${WHAT_IS_LISTED[keeperOf(storage)]}</p>
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
          ${sessions.map((session) => row(base, session))}
        </tbody>
      </table>
    </div>
    <form class="actions" method="post" action="${base}/account/sessions/end-others">
      <button class="secondary">End all my other sessions</button>
    </form>
  </section>`;
}

function row(base: string, { handle, isCurrent, data, createdAt, lastSeenAt }: UserSession): Html {
  const device = data.device ?? 'Unknown device';
  return html`<tr data-testid="session">
    <th scope="row">${device}${isCurrent && html` <strong>(this one)</strong>`}</th>
    <td>${createdAt === undefined ? 'unknown' : utcTime(createdAt)}</td>
    <td>${lastSeenAt === undefined ? 'unknown' : utcTime(lastSeenAt)}</td>
    <td>
      ${
        isCurrent
          ? html`by logging out`
          : html`<form method="post" action="${base}/account/sessions/end">
              <input type="hidden" name="handle" value="${handle}" />
              <button class="secondary" aria-label="End the session on ${device}">End</button>
            </form>`
      }
    </td>
  </tr>`;
}

function passwordForm(base: string, user: User, errors: PasswordErrors = {}): Html {
  return html`<section aria-labelledby="change-password">
    <h2 id="change-password">Change the password</h2>
    <p>
      This session gets a new id, and all your other sessions end: whoever is in with the old password is out.
    </p>
    <form class="stack" method="post" action="${base}/account/password" novalidate>
      <input type="hidden" name="username" autocomplete="username" value="${user.name}" />
      ${field({
        name: 'current-password',
        label: 'Current password',
        type: 'password',
        autocomplete: 'current-password',
        error: errors.current,
        autofocus: errors.current !== undefined,
        required: true,
      })}
      ${field({
        name: 'new-password',
        label: 'New password',
        type: 'password',
        autocomplete: 'new-password',
        hint: `At least ${MIN_PASSWORD_LENGTH} characters; a few words do.`,
        error: errors.wanted,
        autofocus: errors.wanted !== undefined,
        required: true,
      })}
      <div class="actions"><button>Change the password</button></div>
    </form>
  </section>`;
}
