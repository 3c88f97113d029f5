import { countPage } from './count-page.ts';
import { allStorages, expect, test } from './fixtures.ts';
import { accountPage, loginPage } from './login-page.ts';
import { cookieOf, copyOf, SESSION_COOKIE, setCookies } from './session-cookies.ts';

for (const storage of allStorages) {
  test.describe(`a login after other pages, ${storage}`, () => {
    test.use({ storage });

    test('keeps the data of the session and gives it a new cookie', async ({ page, context }) => {
      const counting = countPage(page);
      await counting.open();
      await counting.open();
      const before = await cookieOf(context, SESSION_COOKIE);

      await loginPage(page).open();
      const response = await loginPage(page).logIn();
      expect(response.status()).toBe(303);
      // The browser takes a cookie that comes with a redirect.
      await expect(accountPage(page).user).toBeVisible();
      const after = await cookieOf(context, SESSION_COOKIE);
      expect(after?.value).toBe((await setCookies(response)).get(SESSION_COOKIE));
      expect(after?.value).not.toBe(before?.value);
      await counting.open();
      await expect(counting.count).toHaveText('3');
    });

    test('what the browser held before the login opens nothing', async ({
      page,
      context,
      anotherBrowser,
    }) => {
      await countPage(page).open();
      const before = await copyOf(context, SESSION_COOKIE);
      await loginPage(page).open();
      await loginPage(page).logIn();
      await expect(accountPage(page).user).toBeVisible();

      const thief = await anotherBrowser();
      await thief.addCookies(before);
      const theirs = await thief.newPage();
      await accountPage(theirs).open();
      await expect(loginPage(theirs).name).toBeVisible();
    });

    test('a session planted by somebody else is not logged in', async ({ page, context, anotherBrowser }) => {
      const attacker = await anotherBrowser();
      const theirs = await attacker.newPage();
      await countPage(theirs).open();
      const planted = await copyOf(attacker, SESSION_COOKIE);
      await context.addCookies(planted);

      await loginPage(page).open();
      await loginPage(page).logIn();
      await expect(accountPage(page).user).toBeVisible();
      expect((await cookieOf(context, SESSION_COOKIE))?.value).not.toBe(planted[0]?.value);
      await accountPage(theirs).open();
      await expect(loginPage(theirs).name).toBeVisible();
    });
  });
}
