import type { BrowserContext, Page } from 'playwright/test';
import { DEMO_ACCOUNT } from '../src/auth/users.ts';
import { MINUTE } from './clock.ts';
import { BRAND } from './engine-differences.ts';
import { allStorages, expect, firstOnly, storages, test } from './fixtures.ts';
import { accountPage, loginPage } from './login-page.ts';
import { SESSION_COOKIE, copyOf } from './session-cookies.ts';

const PHONE = {
  userAgent:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 ' +
    'Mobile/15E148 Safari/604.1',
};
const NEW_PASSWORD = 'another horse, another battery';

for (const storage of storages) {
  test.describe(`my sessions, ${storage}`, () => {
    test.use({ storage });

    test('all others end at once, and this one goes on', async ({ page, anotherBrowser }) => {
      const phone = await loggedInElsewhere(await anotherBrowser(PHONE));
      await logIn(page);
      await accountPage(page).endOthers();
      await expect(accountPage(page).notice).toHaveText('All your other sessions have ended.');
      await expect(accountPage(page).user).toBeVisible();
      await page.reload();
      await expect(accountPage(page).notice).toHaveCount(0);

      await accountPage(phone).open();
      await expect(loginPage(phone).name).toBeVisible();
    });

    test('a new password ends the others, lets the new one in and the old one no more', async ({
      browser,
      freshApp,
    }) => {
      const [here, elsewhere] = [
        await browser.newContext({ baseURL: freshApp.url }),
        await browser.newContext({ baseURL: freshApp.url }),
      ];
      const phone = await loggedInElsewhere(elsewhere);
      const page = await here.newPage();
      await logIn(page);
      const before = await copyOf(here, SESSION_COOKIE);
      const account = accountPage(page);
      expect((await account.changePassword('not the password', NEW_PASSWORD)).status()).toBe(422);
      await expect(page.getByLabel('Current password')).toHaveAccessibleDescription(/not your password/);
      expect((await account.changePassword(DEMO_ACCOUNT.password, 'short')).status()).toBe(422);
      await expect(page.getByLabel('New password')).toHaveAccessibleDescription(/at least 15 characters/);

      expect((await account.changePassword(DEMO_ACCOUNT.password, NEW_PASSWORD)).status()).toBe(303);
      await expect(account.notice).toContainText('Your password is changed');
      await accountPage(phone).open();
      await loginPage(phone).logIn();
      await expect(loginPage(phone).password).toHaveAccessibleDescription(/wrong/);
      await loginPage(phone).logIn({ ...DEMO_ACCOUNT, password: NEW_PASSWORD });
      await expect(accountPage(phone).user).toBeVisible();

      // The session that changed it has a new id: what somebody had copied of it before opens nothing.
      await page.reload();
      await expect(account.user).toBeVisible();
      await here.clearCookies();
      await here.addCookies(before);
      await account.open();
      await expect(loginPage(page).name).toBeVisible();
      for (const context of [here, elsewhere]) await context.close();
    });
  });
}

for (const storage of allStorages.filter((one) => one !== 'cookie')) {
  test.describe(`my sessions, ${storage}`, () => {
    test.use({ storage });

    test(
      'are listed with device and times, and can be ended one by one',
      { tag: firstOnly(storage) },
      async ({ page, anotherBrowser, clock, browserName }) => {
        const account = accountPage(page);
        await logIn(page);
        await account.endOthers();
        const phone = await loggedInElsewhere(await anotherBrowser(PHONE));
        clock.advance(30 * MINUTE);
        await accountPage(phone).open();
        const seen = new Date(clock.now()).toUTCString().slice(17, 25);
        clock.advance(MINUTE);
        await account.open();
        await expect(account.sessions).toHaveCount(2);
        await expect(account.sessions.nth(1).getByRole('cell').nth(1)).toContainText(seen);
        await expect(account.sessions.nth(0)).toContainText(`${BRAND[browserName]} on Linux (this one)`);
        await expect(account.sessions.nth(1)).toContainText('Safari on iOS');

        expect((await account.endOther()).status()).toBe(303);
        await expect(account.notice).toHaveText('The session has ended.');
        await expect(account.sessions).toHaveCount(1);
        await accountPage(phone).open();
        await expect(loginPage(phone).name).toBeVisible();
      },
    );
  });
}

test('my sessions cannot be ended without a login', async ({ request }) => {
  const headers = { accept: 'application/json' };
  expect((await request.post('/account/sessions/end-others', { headers })).status()).toBe(401);
});

for (const storage of allStorages.filter((one) => one === 'cookie')) {
  test.describe(`my sessions, ${storage}`, () => {
    test.use({ storage });

    test('the list has this one, and says why not more', async ({ page, anotherBrowser }) => {
      await loggedInElsewhere(await anotherBrowser(PHONE));
      await logIn(page);
      await expect(accountPage(page).sessions).toHaveCount(1);
      await expect(page.getByText('each session lives in a cookie of its browser')).toBeVisible();
    });
  });
}

async function logIn(page: Page): Promise<void> {
  await accountPage(page).open();
  await loginPage(page).logIn();
  await expect(accountPage(page).user).toBeVisible();
}

async function loggedInElsewhere(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await logIn(page);
  return page;
}
