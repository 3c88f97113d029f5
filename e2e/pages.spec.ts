import { APP_NAME } from '../src/views/layout.ts';
import { at, expectAccessible } from './accessibility.ts';
import { expect, test } from './fixtures.ts';
import { accountPage, logIn, loginPage, visit } from './pages.ts';

expectAccessible([
  at('/'),
  {
    title: 'an address that does not exist',
    async open(page, problems) {
      problems.expect(/^404 GET .*\/nowhere$/);
      await visit(page, '/nowhere');
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('Not Found');
      await expect(page.getByRole('main')).toContainText('There is nothing at this address.');
      const onward = page.getByRole('link', { name: 'Go to the start page' });
      await expect(onward).toHaveAttribute('href', '/');
    },
  },
  {
    title: '/account',
    async open(page) {
      await logIn(page);
      await accountPage(page).open();
    },
  },
  {
    title: '/login with errors',
    async open(page, problems) {
      problems.expect(/^422 POST /);
      await loginPage(page).open();
      await loginPage(page).logIn({ name: '', password: '' });
      await page.getByText('Enter your name.').waitFor();
    },
  },
]);

test.describe('without JavaScript', { tag: '@without-javascript' }, () => {
  test.use({ javaScriptEnabled: false });

  test('the start page leads to login, account and logout', async ({ page }) => {
    const main = page.getByRole('main');
    await visit(page, '/');
    await expect(main.getByRole('heading', { name: APP_NAME, exact: true })).toBeVisible();
    await main.getByRole('link', { name: 'Log in' }).click();
    await loginPage(page).logIn();
    await page.getByRole('link', { name: APP_NAME, exact: true }).click();
    await main.getByRole('link', { name: 'Your account' }).click();
    await expect(accountPage(page).user).toBeVisible();
    await accountPage(page).logOut();
    await expect(loginPage(page).name).toBeVisible();
  });
});

test('a script that was injected into a page does not run', async ({ page, problems }) => {
  problems.expect(/CSP violation: script-src/);
  problems.expect(/CSP violation: style-src/);
  // Messages that browsers add.
  problems.allow(/content security policy|content-security-policy/i);
  await visit(page, '/login');
  const title = await page.title();
  await page.evaluate(`document.querySelector('main').insertAdjacentHTML('beforeend',
    '<img src="/favicon.svg" alt="" onload="document.title = 1"><p style="color: red">')`);
  for (const script of ["textContent: 'document.title = 2'", "src: 'http://evil.test/script.js'"]) {
    await page.evaluate(
      `document.body.append(Object.assign(document.createElement('script'), { ${script} }))`,
    );
  }
  await expect.poll(() => problems.found().filter((one) => one.includes('CSP violation')).length).toBe(4);
  await expect(page).toHaveTitle(title);
});
