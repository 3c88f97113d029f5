import { APP_NAME } from '../src/views/layout.ts';
import { at, expectAccessible } from './accessibility.ts';
import { expect, storages, test } from './fixtures.ts';
import { accountPage, loginPage } from './login-page.ts';
import { visit } from './visit.ts';

expectAccessible([
  at('/'),
  {
    title: 'an address that does not exist',
    open: (page, problems) => {
      problems.expect(/^404 GET .*\/nowhere$/);
      return visit(page, '/nowhere');
    },
  },
]);

for (const storage of storages) {
  test.describe(`on ${storage}`, () => {
    test.use({ storage });

    expectAccessible([
      {
        title: '/account',
        async open(page) {
          await loginPage(page).open();
          await loginPage(page).logIn();
          await accountPage(page).user.waitFor();
        },
      },
      {
        title: '/login with errors',
        async open(page, problems) {
          problems.expect(/^422 POST /);
          const login = loginPage(page);
          await login.open();
          await login.logIn({ name: '', password: '' });
          await page.getByText('Enter your name.').waitFor();
        },
      },
    ]);

    test(
      'login and logout work without JavaScript',
      { tag: '@without-javascript' },
      async ({ anotherBrowser }) => {
        const page = await (await anotherBrowser({ javaScriptEnabled: false })).newPage();
        await accountPage(page).open();
        await loginPage(page).logIn();
        await expect(accountPage(page).user).toBeVisible();
        await accountPage(page).logOut();
        await expect(loginPage(page).name).toBeVisible();
      },
    );
  });
}

test('the start page leads to the login, and to the account of a user who is logged in', async ({ page }) => {
  const main = page.getByRole('main');
  await visit(page, '/');
  await expect(main.getByRole('heading', { name: APP_NAME })).toBeVisible();
  await main.getByRole('link', { name: 'Log in' }).click();
  await loginPage(page).logIn();
  await page.getByRole('link', { name: APP_NAME }).click();
  await main.getByRole('link', { name: 'Your account' }).click();
  await expect(accountPage(page).user).toBeVisible();
});

test('the keyboard can skip the navigation', async ({ page }) => {
  await visit(page, '/login');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(loginPage(page).name).toBeFocused();
});

test('script that got into a page does not run', async ({ page, problems }) => {
  problems.expect(/CSP violation: script-src/);
  problems.expect(/CSP violation: style-src/);
  // What browsers add in words of their own.
  problems.allow(/content security policy|content-security-policy/i);
  await visit(page, '/login');
  const title = await page.title();
  await page.evaluate(`document.querySelector('main').insertAdjacentHTML('beforeend',
    '<img src="/favicon.svg" alt="" onload="document.title = 1"><p style="color: red">')`);
  await page.evaluate(`document.body.append(Object.assign(document.createElement('script'), {
    textContent: 'document.title = 2',
  }))`);
  await page.evaluate(`document.body.append(Object.assign(document.createElement('script'), {
    src: 'http://evil.test/script.js',
  }))`);
  await expect.poll(() => problems.found().filter((one) => one.includes('CSP violation')).length).toBe(4);
  await expect(page).toHaveTitle(title);
});
