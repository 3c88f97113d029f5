import type { BrowserContext } from 'playwright/test';
import { DEMO_ACCOUNT } from '../src/auth/users.ts';
import { MINUTE } from './app-server.ts';
import { allStorages, expect, test as base } from './fixtures.ts';
import { accountPage, isLoggedIn, logIn } from './pages.ts';
import { SESSION_COOKIE, copyOf } from './session-cookies.ts';

const { name, password } = DEMO_ACCOUNT;
const NEW_PASSWORD = 'another horse, another battery';
const PHONE = {
  userAgent:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1',
};

/** `phone` is another device on which the user is logged in. `page` is logged in too, and shows the account page. */
const test = base.extend<{ phone: BrowserContext }>({
  phone: async ({ page, anotherBrowser }, use) => {
    const phone = await anotherBrowser(PHONE);
    await logIn(phone);
    await logIn(page);
    await accountPage(page).open();
    await use(phone);
  },
});

for (const storage of allStorages) {
  test.describe(`my sessions, ${storage}`, () => {
    test.use({ storage });

    test('all others end at once, and this one continues', async ({ page, phone }) => {
      const account = accountPage(page);
      await account.endOthers();
      await expect(account.notice).toHaveText('All your other sessions have ended.');
      await page.reload();
      await expect(account.user).toBeVisible();
      await expect(account.notice).toHaveCount(0);
      expect(await isLoggedIn(phone)).toBe(false);
    });

    test('a new password ends the other sessions, and the old password is no longer accepted', async ({
      page,
      context,
      phone,
      request,
      problems,
    }) => {
      problems.expect(/^422 POST /);
      const before = await copyOf(context, SESSION_COOKIE);
      const account = accountPage(page);
      expect((await account.changePassword('not the password', NEW_PASSWORD)).status()).toBe(422);
      await expect(page.getByLabel('Current password')).toHaveAccessibleDescription(/not your password/);
      expect((await account.changePassword(password, 'short')).status()).toBe(422);
      await expect(page.getByLabel('New password')).toHaveAccessibleDescription(/at least 15 characters/);
      await expect(page.getByLabel('New password')).toBeFocused();

      expect((await account.changePassword(password, NEW_PASSWORD)).status()).toBe(303);
      await expect(account.notice).toContainText('Your password is changed');
      expect(await isLoggedIn(phone)).toBe(false);
      const statusOf = async (typed: string) => {
        const form = { name, password: typed };
        return (await request.post('/login', { form, maxRedirects: 0 })).status();
      };
      expect([await statusOf(password), await statusOf(NEW_PASSWORD)]).toEqual([422, 303]);

      // The session that changed the password has a new id, so an earlier copy of its cookie opens nothing.
      expect(await isLoggedIn(page)).toBe(true);
      await context.clearCookies();
      await context.addCookies(before);
      expect(await isLoggedIn(page)).toBe(false);
    });

    if (storage.startsWith('cookie')) {
      test('the list has only this session, and says why', async ({ page, phone }) => {
        expect(await isLoggedIn(phone)).toBe(true);
        await expect(accountPage(page).sessions).toHaveCount(1);
        await expect(page.getByText('each session lives in a cookie of its browser')).toBeVisible();
      });
    } else {
      test('are listed with device and times, and can be ended one by one', async ({
        page,
        phone,
        clock,
      }) => {
        clock.advance(30 * MINUTE);
        expect(await isLoggedIn(phone)).toBe(true);
        const seen = new Date(clock.now()).toUTCString().slice(17, 25);
        clock.advance(MINUTE);
        const account = accountPage(page);
        await account.open();
        const [first, second] = [account.sessions.nth(0), account.sessions.nth(1)];
        await expect(first).toContainText('(this one)');
        await expect(second).toContainText('Safari on iOS');
        await expect(second.getByRole('cell').nth(1)).toContainText(seen);

        expect((await account.endOther()).status()).toBe(303);
        await expect(account.notice).toHaveText('The session has ended.');
        await expect(account.sessions).toHaveCount(1);
        expect(await isLoggedIn(phone)).toBe(false);
      });
    }
  });
}
