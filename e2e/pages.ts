import type { BrowserContext } from 'playwright/test';
import { DEMO_ACCOUNT } from '../src/auth/users.ts';
import { expect, type Page, type Response } from './browser.ts';

/** Opens a page, as if its address had been typed. */
export async function visit(page: Page, path: string): Promise<Response> {
  const response = await page.goto(path).catch((error: unknown) => {
    // Over BiDi Playwright now and then takes a redirect in Firefox for a navigation of somebody else.
    const [, target] = /is interrupted by another navigation to "([^"]+)"/.exec(String(error)) ?? [];
    if (target === undefined) throw error;
    return page.goto(target);
  });
  if (response === null) throw new Error(`${path} gave no response: it only moved within the page.`);
  return response;
}

/** Does something that sends a form, and answers with the first response to it (the redirect, if it is one). */
export async function sending(page: Page, action: () => Promise<void>): Promise<Response> {
  const [response] = await Promise.all([
    page.waitForResponse((one) => one.request().method() === 'POST'),
    action(),
  ]);
  return response;
}

/** Logs a browser in without the form, for tests of something else. A page will do. */
export async function logIn(browser: Pick<BrowserContext, 'request'>): Promise<void> {
  const { name, password } = DEMO_ACCOUNT;
  const response = await browser.request.post('/login', { form: { name, password }, maxRedirects: 0 });
  expect(response.status()).toBe(303);
}

/** Whether the server takes a browser for that of somebody who is logged in. */
export async function isLoggedIn(browser: Pick<BrowserContext, 'request'>): Promise<boolean> {
  const response = await browser.request.get('/account', { maxRedirects: 0 });
  return response.status() === 200;
}

/** The page of the tests, which counts in the session of the app. */
export function countPage(page: Page) {
  return {
    count: page.getByTestId('count'),
    /** 'store', 'cookie' or 'outage' */
    place: page.getByTestId('place'),
    open: () => visit(page, '/count'),
  };
}

/** The login form. */
export function loginPage(page: Page) {
  const name = page.getByLabel('Name', { exact: true });
  const password = page.getByLabel('Password', { exact: true });
  return {
    name,
    password,
    /** @param next the page that was wanted */
    open: (next?: string) =>
      visit(page, next === undefined ? '/login' : `/login?next=${encodeURIComponent(next)}`),
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
  return {
    user: page.getByTestId('user'),
    open: () => visit(page, '/account'),
    logOut: () => sending(page, () => page.getByRole('button', { name: 'Log out' }).click()),
    /** One row for each session. */
    sessions: page.getByTestId('session'),
    /** What was done. */
    notice: page.getByRole('main').getByRole('status'),
    endOthers: () => sending(page, () => page.getByRole('button', { name: 'End all my other' }).click()),
    /** Ends the first of the sessions that are not this one. */
    endOther: () =>
      sending(page, () => page.getByRole('button', { name: 'End the session on' }).first().click()),
    async changePassword(current: string, wanted: string): Promise<Response> {
      await page.getByLabel('Current password').fill(current);
      await page.getByLabel('New password').fill(wanted);
      return sending(page, () => page.getByRole('button', { name: 'Change the password' }).click());
    },
  };
}
