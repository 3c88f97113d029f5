import type { BrowserContext } from 'playwright/test';
import { DEMO_ACCOUNT } from '../src/auth/users.ts';
import { expect, type Page, type Response } from './browser.ts';

/** Opens a page, as if its address had been typed. */
export async function visit(page: Page, path: string): Promise<Response> {
  const response = await page.goto(path).catch((error: unknown) => {
    // Over BiDi Playwright sometimes takes a redirect in Firefox for another navigation.
    const [, target] = /is interrupted by another navigation to "([^"]+)"/.exec(String(error)) ?? [];
    if (target === undefined) throw error;
    return page.goto(target);
  });
  if (response === null) throw new Error(`${path} gave no response: it only moved within the page.`);
  return response;
}

/** Does something that sends a form, and returns the first response (a redirect is not followed). */
export async function sending(page: Page, action: () => Promise<void>): Promise<Response> {
  const [response] = await Promise.all([
    page.waitForResponse((one) => one.request().method() === 'POST'),
    action(),
  ]);
  return response;
}

/** Logs a browser in without the form, for tests that are not about login. Takes a context or a page. */
export async function logIn(browser: Pick<BrowserContext, 'request'>): Promise<void> {
  const { name, password } = DEMO_ACCOUNT;
  const response = await browser.request.post('/login', { form: { name, password }, maxRedirects: 0 });
  expect(response.status()).toBe(303);
}

/** Whether the browser's user is logged in, as the server sees it. */
export async function isLoggedIn(browser: Pick<BrowserContext, 'request'>): Promise<boolean> {
  const response = await browser.request.get('/account', { maxRedirects: 0 });
  return response.status() === 200;
}

/** The test page, which counts in the session of the app. */
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
    /** @param next the page to go to after login */
    open: (next?: string) =>
      visit(page, next === undefined ? '/login' : `/login?next=${encodeURIComponent(next)}`),
    /** Fills in the form and sends it; by default with the demo account. */
    async logIn(account: { name: string; password: string } = DEMO_ACCOUNT): Promise<Response> {
      await name.fill(account.name);
      await password.fill(account.password);
      return sending(page, () => page.getByRole('button', { name: 'Log in' }).click());
    },
  };
}

/** The account page, which only a logged-in user sees. */
export function accountPage(page: Page) {
  return {
    user: page.getByTestId('user'),
    open: () => visit(page, '/account'),
    logOut: () => sending(page, () => page.getByRole('button', { name: 'Log out' }).click()),
    /** One row for each session. */
    sessions: page.getByTestId('session'),
    /** The message after a change. */
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
