import { DEMO_ACCOUNT } from '../src/auth/users.ts';
import { DAY, SECOND } from './app-server.ts';
import type { Page } from './browser.ts';
import { allStorages, expect, test } from './fixtures.ts';
import { accountPage, countPage, loginPage } from './pages.ts';
import { SESSION_COOKIE, cookieOf, copyOf, setCookies } from './session-cookies.ts';

const { name, password, displayName } = DEMO_ACCOUNT;

test(
  'login leads to the requested page, with a cookie for this site only and for no script',
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
    // It has an expiry date, so it survives a restart of the browser.
    expect(cookie?.expires).toBeGreaterThan((Date.now() + DAY / 2) / SECOND);
  },
);

test('login shows errors beside their fields, and keeps the name and the requested page', async ({
  page,
  context,
  problems,
}) => {
  problems.expect(/^422 POST /);
  const login = loginPage(page);
  await login.open('/account?from=here#top');
  await login.logIn({ name: '   ', password: '' });
  await expect(login.name).toHaveAccessibleDescription('Enter your name.');
  await expect(login.name).toBeFocused();
  await expect(login.password).toHaveAccessibleDescription('Enter your password.');

  // It is shown as it was typed.
  const markup = `"'><img src="/nowhere" onerror="document.title = 'taken over'">&amp;`;
  expect((await login.logIn({ name: markup, password: 'not it' })).status()).toBe(422);
  await expect(page).toHaveTitle(/^Login failed/);
  await expect(login.password).toHaveAccessibleDescription('The name or the password is wrong.');
  await expect(login.password).toHaveAttribute('aria-invalid', 'true');
  await expect(login.password).toHaveValue('');
  await expect(login.password).toBeFocused();
  await expect(login.name).toHaveValue(markup);
  await expect(login.name).not.toHaveAttribute('aria-invalid');
  await expect(page.getByRole('main').locator('img')).toHaveCount(0);
  expect(await context.cookies()).toEqual([]);

  await login.logIn();
  await expect(page).toHaveURL('/account?from=here#top');
});

test('login can be reached past the navigation, filled in and sent from the keyboard', async ({ page }) => {
  const login = loginPage(page);
  await login.open();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(login.name).toBeFocused();
  await page.keyboard.type(name);
  await page.keyboard.press('Tab');
  await expect(login.password).toBeFocused();
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
  await expect(accountPage(page).user).toBeVisible();
});

test('login never leads to another site', async ({ page }) => {
  const login = loginPage(page);
  await login.open('//evil.test');
  await login.logIn();
  await expect(page).toHaveURL('/account');
  // A user who is already logged in is redirected at once.
  for (const next of ['https://evil.test', '/\\evil.test', '/\t/evil.test']) {
    await login.open(next);
    await expect(page).toHaveURL('/account');
  }
});

test(
  'logout ends the session in every tab, and the browser keeps nothing of it',
  { tag: '@engines' },
  async ({ page, context, browserName }) => {
    await logInByForm(page);
    await page.evaluate("localStorage.setItem('mine', 'private')");
    const tab = await context.newPage();
    await accountPage(tab).open();
    await expect(accountPage(tab).user).toBeVisible();

    const response = await accountPage(page).logOut();
    expect(response.status()).toBe(303);
    expect(await response.headerValue('clear-site-data')).toBe('"cache", "storage"');
    await expect(page).toHaveURL('/login');
    expect(await copyOf(context, SESSION_COOKIE)).toEqual([]);
    // WebKit obeys `Clear-Site-Data` only in a response that it shows, and logout answers with a redirect.
    const kept = browserName === 'webkit' ? 'private' : null;
    expect(await page.evaluate("localStorage.getItem('mine')")).toBe(kept);

    await tab.reload();
    await expectLoginForm(tab);
    await page.goBack();
    await expectLoginForm(page);
    await page.goForward();
    await expectLoginForm(page);
  },
);

test(
  'Back does not show the page of an ended session, even if the browser has kept the page',
  { tag: '@engines' },
  async ({ playwright, browserName, keepingPages, problems, clock }) => {
    const browser = await playwright[browserName].launch(keepingPages);
    const context = await browser.newContext();
    await problems.watch(context);
    const page = await context.newPage();
    await logInByForm(page);
    await page.evaluate(
      "addEventListener('pageshow', (event) => sessionStorage.setItem('revived', String(event.persisted)))",
    );
    await page.goto('/');
    clock.advance(DAY + SECOND);

    await page.evaluate('history.back()');
    await expectLoginForm(page);
    // Firefox does not keep `no-store` pages for Back; the others do, until the cookies change.
    const revived = browserName === 'firefox' ? null : 'true';
    expect(await page.evaluate("sessionStorage.getItem('revived')")).toBe(revived);
    await browser.close();
  },
);

for (const storage of allStorages) {
  test.describe(`on ${storage}`, () => {
    test.use({ storage });

    test('login keeps the data of the session under a new cookie, and the old one stays logged out', async ({
      page,
      context,
      anotherBrowser,
    }) => {
      // An attacker knows the cookie, having planted or copied it.
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

    test('after logout a copy of the cookie opens nothing', async ({ page, context }) => {
      await logInByForm(page);
      const stolen = await copyOf(context, SESSION_COOKIE);
      expect(stolen).toHaveLength(1);
      await accountPage(page).logOut();
      await expectLoginForm(page);

      await context.addCookies(stolen);
      await accountPage(page).open();
      await expectLoginForm(page);
    });
  });
}

async function logInByForm(page: Page): Promise<void> {
  await accountPage(page).open();
  await loginPage(page).logIn();
  await expect(accountPage(page).user).toContainText(displayName);
}

async function expectLoginForm(page: Page): Promise<void> {
  await expect(loginPage(page).name).toBeVisible();
  expect(await page.content()).not.toContain(displayName);
}
