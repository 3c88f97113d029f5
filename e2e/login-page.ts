import type { Page, Response } from './browser.ts';
import { DEMO_ACCOUNT } from '../src/auth/users.ts';
import { sending, visit } from './visit.ts';

/** The login form. */
export function loginPage(page: Page) {
  const path = '/login';
  const name = page.getByLabel('Name', { exact: true });
  const password = page.getByLabel('Password', { exact: true });
  return {
    path,
    name,
    password,
    /** What concerns no field of its own. */
    alert: page.getByRole('alert'),
    /** @param next the page that was wanted */
    open: (next?: string) =>
      visit(page, next === undefined ? path : `${path}?next=${encodeURIComponent(next)}`),
    /** Fills in the form that is shown and sends it; the demo account unless told otherwise. */
    async logIn(account: { name: string; password: string } = DEMO_ACCOUNT): Promise<Response> {
      await name.fill(account.name);
      await password.fill(account.password);
      return sending(page, () => page.getByRole('button', { name: 'Log in' }).click());
    },
  };
}

/** The account page, which only shows to somebody logged in. */
export function accountPage(page: Page) {
  const path = '/account';
  return {
    path,
    user: page.getByTestId('user'),
    open: () => visit(page, path),
    logOut: () => sending(page, () => page.getByRole('button', { name: 'Log out' }).click()),
    /** One row for each session. */
    sessions: page.getByTestId('session'),
    /** What was done. */
    notice: page.getByRole('main').getByRole('status'),
    endOthers: () => sending(page, () => page.getByRole('button', { name: 'End all my other' }).click()),
    /** @param nth of the sessions that are not this one */
    endOther: (nth = 0) =>
      sending(page, () => page.getByRole('button', { name: 'End the session on' }).nth(nth).click()),
    async changePassword(current: string, wanted: string): Promise<Response> {
      await page.getByLabel('Current password').fill(current);
      await page.getByLabel('New password').fill(wanted);
      return sending(page, () => page.getByRole('button', { name: 'Change the password' }).click());
    },
  };
}
