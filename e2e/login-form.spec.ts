import { DEMO_ACCOUNT } from '../src/auth/users.ts';
import { expect, storages, test } from './fixtures.ts';
import { accountPage, loginPage } from './login-page.ts';
import { SESSION_COOKIE, copyOf } from './session-cookies.ts';

const WRONG = 'The name or the password is wrong.';

for (const storage of storages) {
  test.describe(`login form, ${storage}`, () => {
    test.use({ storage });

    test('says beside the field that name or password are wrong, and keeps the name', async ({
      page,
      context,
      problems,
    }) => {
      problems.expect(/^422 POST /);
      const login = loginPage(page);
      await login.open();
      // Whether there is such a name is nobody's business.
      for (const name of [DEMO_ACCOUNT.name, 'nobody']) {
        expect((await login.logIn({ name, password: 'not it' })).status()).toBe(422);
        await expect(page).toHaveTitle(/^Login failed/);
        await expect(login.password).toHaveAccessibleDescription(WRONG);
        await expect(login.password).toHaveAttribute('aria-invalid', 'true');
        await expect(login.password).toHaveValue('');
        await expect(login.password).toBeFocused();
        await expect(login.name).toHaveValue(name);
        await expect(login.name).not.toHaveAttribute('aria-invalid');
      }
      expect(await copyOf(context, SESSION_COOKIE)).toEqual([]);
    });

    test('says beside each field that it is empty', async ({ page, problems }) => {
      problems.expect(/^422 POST /);
      const login = loginPage(page);
      await login.open();
      await login.logIn({ name: '   ', password: '' });
      await expect(login.name).toHaveAccessibleDescription('Enter your name.');
      await expect(login.name).toBeFocused();
      await expect(login.password).toHaveAccessibleDescription('Enter your password.');

      await login.logIn({ name: 'ada', password: '' });
      await expect(login.name).toHaveAccessibleDescription('');
      await expect(login.name).toHaveValue('ada');
      await expect(login.password).toHaveAccessibleDescription('Enter your password.');
    });

    test('remembers through mistakes which page was wanted', async ({ page, problems }) => {
      problems.expect(/^422 POST /);
      const login = loginPage(page);
      await login.open(`/account?from=here#top`);
      await login.logIn({ name: 'ada', password: 'not it' });
      await expect(login.password).toHaveAccessibleDescription(WRONG);
      await login.logIn();
      await expect(page).toHaveURL(`/account?from=here#top`);
    });

    test('shows a name as it was typed, whatever is in it', async ({ page, problems }) => {
      problems.expect(/^422 POST /);
      const login = loginPage(page);
      const name = `"'><img src="/nowhere" onerror="document.title = 'taken over'">&amp;`;
      await login.open();
      await login.logIn({ name, password: 'not it' });
      await expect(login.password).toHaveAccessibleDescription(WRONG);
      await expect(login.name).toHaveValue(name);
      await expect(page.getByRole('main').locator('img')).toHaveCount(0);
      await expect(page).toHaveTitle(/^Login failed/);
    });

    test('can be filled in and sent from the keyboard', async ({ page }) => {
      const login = loginPage(page);
      await login.open();
      await page.getByText('Name', { exact: true }).click();
      await expect(login.name).toBeFocused();
      await page.keyboard.type(DEMO_ACCOUNT.name);
      await page.keyboard.press('Tab');
      await expect(login.password).toBeFocused();
      await page.keyboard.type(DEMO_ACCOUNT.password);
      await page.keyboard.press('Enter');
      await expect(accountPage(page).user).toBeVisible();
    });

    test('never leads to another site', async ({ page, baseURL }) => {
      const login = loginPage(page);
      const { path: account } = accountPage(page);
      const foreign = [
        '//evil.test',
        'https://evil.test',
        '/\\evil.test',
        '/\t/evil.test',
        'javascript:alert(1)',
      ];
      await login.open('//evil.test');
      await login.logIn();
      await expect(page).toHaveURL(`${baseURL}${account}`);
      // Who is logged in already is sent on at once.
      for (const next of foreign) {
        await login.open(next);
        await expect(page).toHaveURL(`${baseURL}${account}`);
      }
    });

    test('after five wrong passwords even the right one has to wait', async ({
      // First, so that it goes last: a browser may still be loading from it.
      freshApp,
      anotherBrowser,
      problems,
    }) => {
      problems.expect(/^422 POST /);
      problems.expect(/^429 POST /);
      const browser = await anotherBrowser({ baseURL: freshApp.url });
      const page = await browser.newPage();
      const login = loginPage(page);
      await login.open();
      for (const attempt of [1, 2, 3, 4, 5]) {
        const response = await login.logIn({ name: DEMO_ACCOUNT.name, password: `guess ${attempt}` });
        expect(response.status()).toBe(422);
        await expect(login.password).toHaveAccessibleDescription(WRONG);
      }
      const response = await login.logIn();
      expect(response.status()).toBe(429);
      const wait = Number(await response.headerValue('retry-after'));
      expect(wait).toBeGreaterThan(14 * 60);
      expect(wait).toBeLessThanOrEqual(15 * 60);
      await expect(login.alert).toHaveText('Too many attempts. Try again in 15 minutes.');
      await expect(login.name).toHaveValue(DEMO_ACCOUNT.name);
      expect(await copyOf(browser, SESSION_COOKIE)).toEqual([]);
    });
  });
}
