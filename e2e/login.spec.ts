import { DEMO_ACCOUNT } from '../src/auth/users.ts';
import { DAY, SECOND } from './app-server.ts';
import { allStorages, expect, flow as test } from './fixtures.ts';
import { accountPage, countPage, loginPage } from './pages.ts';
import { SESSION_COOKIE, cookieOf, copyOf, setCookies } from './session-cookies.ts';

const { displayName } = DEMO_ACCOUNT;

test(
  'leads to the page that was wanted, with a cookie for this site alone and for no script',
  { tag: '@engines' },
  async ({ page, context }) => {
    const account = accountPage(page);
    const login = loginPage(page);
    await account.open();
    await expect(page).toHaveURL('/login?next=%2Faccount');
    const response = await login.logIn();
    expect(response.status()).toBe(303);
    await expect(page).toHaveURL('/account');
    await expect(account.user).toContainText(displayName);
    await expect(page.getByRole('banner')).toContainText(`Logged in as ${displayName}`);

    const cookie = await cookieOf(context, SESSION_COOKIE);
    expect(cookie).toMatchObject({ path: '/', domain: 'localhost', httpOnly: true, sameSite: 'Lax' });
    expect(cookie?.value).toBe((await setCookies(response)).get(SESSION_COOKIE));
    expect(await page.evaluate('document.cookie')).toBe('');
    // It has an end of its own, so the browser keeps it when it is restarted.
    expect(cookie?.expires).toBeGreaterThan((Date.now() + DAY / 2) / SECOND);

    // Somebody who is logged in has no use for the form.
    await login.open();
    await expect(page).toHaveURL('/account');
  },
);

for (const storage of allStorages) {
  test.describe(`on ${storage}`, () => {
    test.use({ storage });

    test('keeps the data of the session under a new cookie, and the old one stays logged out', async ({
      page,
      context,
      anotherBrowser,
    }) => {
      // Somebody else knows the cookie: they have planted it, or copied it.
      const other = await anotherBrowser();
      const theirs = await other.newPage();
      await countPage(theirs).open();
      await context.addCookies(await copyOf(other, SESSION_COOKIE));
      await countPage(page).open();
      await expect(countPage(page).count).toHaveText('2');
      const before = await cookieOf(context, SESSION_COOKIE);

      await loginPage(page).open();
      await loginPage(page).logIn();
      await expect(accountPage(page).user).toBeVisible();
      expect((await cookieOf(context, SESSION_COOKIE))?.value).not.toBe(before?.value);
      await countPage(page).open();
      await expect(countPage(page).count).toHaveText('3');

      await accountPage(theirs).open();
      await expect(loginPage(theirs).name).toBeVisible();
    });
  });
}
