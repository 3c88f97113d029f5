import { DEMO_ACCOUNT } from '../src/auth/users.ts';
import { MINUTE } from './app-server.ts';
import { allStorages, expect, test } from './fixtures.ts';
import { accountPage, isLoggedIn, logIn } from './pages.ts';
import { SESSION_COOKIE, copyOf } from './session-cookies.ts';

const { name, password } = DEMO_ACCOUNT;
const NEW_PASSWORD = 'another horse, another battery';
const PHONE = {
  userAgent:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 ' +
    'Mobile/15E148 Safari/604.1',
};

for (const storage of allStorages) {
  test.describe(`my sessions, ${storage}`, () => {
    test.use({ storage });

    test('all others end at once, and this one goes on', async ({ page, anotherBrowser }) => {
      const phone = await anotherBrowser(PHONE);
      await logIn(phone);
      await logIn(page);
      const account = accountPage(page);
      await account.open();
      await account.endOthers();
      await expect(account.notice).toHaveText('All your other sessions have ended.');
      await expect(account.user).toBeVisible();
      await page.reload();
      await expect(account.user).toBeVisible();
      await expect(account.notice).toHaveCount(0);
      expect(await isLoggedIn(phone)).toBe(false);
    });

    test('a new password ends the others, lets the new one in and the old one no more', async ({
      page,
      context,
      anotherBrowser,
      request,
      problems,
    }) => {
      problems.expect(/^422 POST /);
      const phone = await anotherBrowser(PHONE);
      await logIn(phone);
      await logIn(page);
      const before = await copyOf(context, SESSION_COOKIE);
      const account = accountPage(page);
      await account.open();
      expect((await account.changePassword('not the password', NEW_PASSWORD)).status()).toBe(422);
      await expect(page.getByLabel('Current password')).toHaveAccessibleDescription(/not your password/);
      expect((await account.changePassword(password, 'short')).status()).toBe(422);
      await expect(page.getByLabel('New password')).toHaveAccessibleDescription(/at least 15 characters/);

      expect((await account.changePassword(password, NEW_PASSWORD)).status()).toBe(303);
      await expect(account.notice).toContainText('Your password is changed');
      expect(await isLoggedIn(phone)).toBe(false);
      const statusWith = async (one: string) => {
        const form = { name, password: one };
        return (await request.post('/login', { form, maxRedirects: 0 })).status();
      };
      expect(await statusWith(password)).toBe(422);
      expect(await statusWith(NEW_PASSWORD)).toBe(303);

      // The session that changed it has a new id: what somebody had copied of it before opens nothing.
      expect(await isLoggedIn(page)).toBe(true);
      await context.clearCookies();
      await context.addCookies(before);
      expect(await isLoggedIn(page)).toBe(false);
    });

    if (storage.startsWith('cookie')) {
      test('the list has this one, and says why not more', async ({ page, anotherBrowser }) => {
        await logIn(await anotherBrowser(PHONE));
        await logIn(page);
        await accountPage(page).open();
        await expect(accountPage(page).sessions).toHaveCount(1);
        await expect(page.getByText('each session lives in a cookie of its browser')).toBeVisible();
      });
    } else {
      test('are listed with device and times, and can be ended one by one', async ({
        page,
        anotherBrowser,
        clock,
      }) => {
        await logIn(page);
        const phone = await anotherBrowser(PHONE);
        await logIn(phone);
        clock.advance(30 * MINUTE);
        expect(await isLoggedIn(phone)).toBe(true);
        const seen = new Date(clock.now()).toUTCString().slice(17, 25);
        clock.advance(MINUTE);
        const account = accountPage(page);
        await account.open();
        await expect(account.sessions).toHaveCount(2);
        await expect(account.sessions.nth(0)).toContainText('(this one)');
        await expect(account.sessions.nth(1)).toContainText('Safari on iOS');
        await expect(account.sessions.nth(1).getByRole('cell').nth(1)).toContainText(seen);

        expect((await account.endOther()).status()).toBe(303);
        await expect(account.notice).toHaveText('The session has ended.');
        await expect(account.sessions).toHaveCount(1);
        expect(await isLoggedIn(phone)).toBe(false);
      });
    }
  });
}
