import type { BrowserContext, Page } from 'playwright/test';
import { DEMO_ACCOUNT } from '../src/auth/users.ts';
import { keeperOf } from '../src/storages.ts';
import { MINUTE } from './clock.ts';
import { BRAND } from './engine-differences.ts';
import { allStorages, baseOf, expect, firstOnly, type Storage, storages, test } from './fixtures.ts';
import { accountPage, loginPage } from './pages/login-page.ts';
import { cookieName, copyOf } from './session-cookies.ts';

const PHONE = {
  userAgent:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 ' +
    'Mobile/15E148 Safari/604.1',
};
const NEW_PASSWORD = 'another horse, another battery';

for (const storage of storages) {
  test.describe(`my sessions, ${storage}`, () => {
    test('all others end at once, and this one goes on', async ({ page, anotherBrowser }) => {
      const phone = await loggedInElsewhere(await anotherBrowser(PHONE), storage);
      await logIn(page, storage);
      await accountPage(page, storage).endOthers();
      await expect(accountPage(page, storage).notice).toHaveText('All your other sessions have ended.');
      await expect(accountPage(page, storage).user).toBeVisible();
      await page.reload();
      await expect(accountPage(page, storage).notice).toHaveCount(0);

      await accountPage(phone, storage).open();
      await expect(loginPage(phone, storage).name).toBeVisible();
    });
  });
}

for (const storage of storages) {
  test.describe(`my sessions, ${storage}`, () => {
    test('a new password ends the others, lets the new one in and the old one no more', async ({
      browser,
      freshApp,
    }) => {
      const [here, elsewhere] = [
        await browser.newContext({ baseURL: freshApp.url }),
        await browser.newContext({ baseURL: freshApp.url }),
      ];
      const phone = await loggedInElsewhere(elsewhere, storage);
      const page = await here.newPage();
      await logIn(page, storage);
      const before = await copyOf(here, cookieName(storage));
      const account = accountPage(page, storage);
      expect((await account.changePassword('not the password', NEW_PASSWORD)).status()).toBe(422);
      await expect(page.getByLabel('Current password')).toHaveAccessibleDescription(/not your password/);
      expect((await account.changePassword(DEMO_ACCOUNT.password, 'short')).status()).toBe(422);
      await expect(page.getByLabel('New password')).toHaveAccessibleDescription(/at least 15 characters/);

      expect((await account.changePassword(DEMO_ACCOUNT.password, NEW_PASSWORD)).status()).toBe(303);
      await expect(account.notice).toContainText('Your password is changed');
      await accountPage(phone, storage).open();
      await loginPage(phone, storage).logIn();
      await expect(loginPage(phone, storage).password).toHaveAccessibleDescription(/wrong/);
      await loginPage(phone, storage).logIn({ ...DEMO_ACCOUNT, password: NEW_PASSWORD });
      await expect(accountPage(phone, storage).user).toBeVisible();

      // The session that changed it has a new id: what somebody had copied of it before opens nothing.
      await page.reload();
      await expect(account.user).toBeVisible();
      await here.clearCookies();
      await here.addCookies(before);
      await account.open();
      await expect(loginPage(page, storage).name).toBeVisible();
      for (const context of [here, elsewhere]) await context.close();
    });
  });
}

for (const storage of allStorages.filter((one) => keeperOf(one) === 'store')) {
  test.describe(`my sessions, ${storage}`, () => {
    test(
      'are listed with device and times, and can be ended one by one',
      { tag: firstOnly(storage) },
      async ({ page, anotherBrowser, clock, browserName }) => {
        const account = accountPage(page, storage);
        await logIn(page, storage);
        await account.endOthers();
        const phone = await loggedInElsewhere(await anotherBrowser(PHONE), storage);
        clock.advance(30 * MINUTE);
        await accountPage(phone, storage).open();
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
        await accountPage(phone, storage).open();
        await expect(loginPage(phone, storage).name).toBeVisible();
      },
    );
  });
}

for (const storage of storages) {
  test(`my sessions, ${storage}, cannot be ended without a login`, async ({ request }) => {
    const response = await request.post(`${baseOf(storage)}/account/sessions/end-others`, {
      headers: { accept: 'application/json' },
    });
    expect(response.status()).toBe(401);
  });
}

for (const storage of storages.filter((one) => keeperOf(one) === 'cookie')) {
  test(`my sessions, ${storage}: the list has this one, and says why not more`, async ({
    page,
    anotherBrowser,
  }) => {
    await loggedInElsewhere(await anotherBrowser(PHONE), storage);
    await logIn(page, storage);
    await expect(accountPage(page, storage).sessions).toHaveCount(1);
    await expect(page.getByText('the server cannot list what it does not keep')).toBeVisible();
  });
}

async function logIn(page: Page, storage: Storage): Promise<void> {
  await accountPage(page, storage).open();
  await loginPage(page, storage).logIn();
  await expect(accountPage(page, storage).user).toBeVisible();
}

async function loggedInElsewhere(context: BrowserContext, storage: Storage): Promise<Page> {
  const page = await context.newPage();
  await logIn(page, storage);
  return page;
}
