import { DEMO_ACCOUNT } from '../src/auth/users.ts';
import { fingerprint } from '../src/session/index.ts';
import { allStorages, expect, test } from './fixtures.ts';
import { inspector } from './pages/inspector.ts';
import { accountPage, loginPage } from './pages/login-page.ts';
import { viewsPage } from './pages/views-page.ts';
import { cookieName, cookieOf, copyOf, setCookies } from './session-cookies.ts';
import { sealed } from './tampering.ts';

const { displayName } = DEMO_ACCOUNT;

for (const storage of allStorages) {
  test.describe(`a login after other pages, ${storage}`, () => {
    const name = cookieName(storage);

    test('keeps the data of the session and gives it a new cookie', async ({ page, context }) => {
      const views = viewsPage(page, storage);
      await views.open();
      await views.open();
      const before = await cookieOf(context, name);

      const login = loginPage(page, storage);
      await login.open();
      const response = await login.logIn();
      expect(response.status()).toBe(303);
      await expect(inspector(page).data).toContainText('"views": 2');
      await expect(inspector(page).events).toHaveText(['regenerated']);

      // The browser takes a cookie that comes with a redirect.
      const after = await cookieOf(context, name);
      expect(after?.value).toBe((await setCookies(response)).get(name));
      expect(after?.value).not.toBe(before?.value);
    });

    test('what the browser held before the login opens nothing', async ({
      page,
      context,
      anotherBrowser,
    }) => {
      await viewsPage(page, storage).open();
      const before = await copyOf(context, name);
      await loginPage(page, storage).open();
      await loginPage(page, storage).logIn();
      await expect(accountPage(page, storage).user).toBeVisible();

      const thief = await anotherBrowser();
      await thief.addCookies(before);
      const theirs = await thief.newPage();
      await accountPage(theirs, storage).open();
      await expect(loginPage(theirs, storage).name).toBeVisible();
      await expect(theirs.getByText(displayName)).toHaveCount(0);
    });

    test('a session planted by somebody else is not logged in', async ({ page, context, anotherBrowser }) => {
      const attacker = await anotherBrowser();
      const theirs = await attacker.newPage();
      await viewsPage(theirs, storage).open();
      const planted = await copyOf(attacker, name);
      await context.addCookies(planted);

      await loginPage(page, storage).open();
      await loginPage(page, storage).logIn();
      await expect(accountPage(page, storage).user).toBeVisible();
      expect((await cookieOf(context, name))?.value).not.toBe(planted[0]?.value);
      await accountPage(theirs, storage).open();
      await expect(loginPage(theirs, storage).name).toBeVisible();
    });
  });
}

test('memory: an id that somebody made up is not adopted, not even well sealed', async ({
  page,
  context,
  baseURL,
}) => {
  const name = cookieName('memory');
  const value = sealed(name, 'memory', 'sid-chosen-by-somebody-else');
  await context.addCookies([{ name, value, url: baseURL ?? '' }]);

  await viewsPage(page, 'memory').open();
  await expect(inspector(page).events).toHaveText(['missed', 'created']);
  const fingerprintOfIt = fingerprint('sid-chosen-by-somebody-else');
  await expect(inspector(page).root).not.toContainText(fingerprintOfIt);
  expect((await cookieOf(context, name))?.value).not.toBe(value);
});
