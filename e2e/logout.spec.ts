import type { Page } from './browser.ts';
import { DEMO_ACCOUNT } from '../src/auth/users.ts';
import { DAY, SECOND } from './clock.ts';
import { clearsSiteDataOnRedirect, keepsNoStorePages } from './engine-differences.ts';
import { allStorages, expect, flow as test, firstOnly } from './fixtures.ts';
import { accountPage, loginPage } from './login-page.ts';
import { SESSION_COOKIE, copyOf } from './session-cookies.ts';

const { displayName } = DEMO_ACCOUNT;

for (const storage of allStorages) {
  test.describe(`logout, ${storage}`, () => {
    test.use({ storage });

    const name = SESSION_COOKIE;

    test(
      'ends the session in every tab and leaves no cookie',
      { tag: firstOnly(storage) },
      async ({ page, context }) => {
        await logIn(page);
        const tab = await context.newPage();
        await accountPage(tab).open();
        await expect(accountPage(tab).user).toBeVisible();

        expect((await accountPage(page).logOut()).status()).toBe(303);
        await expect(page).toHaveURL(loginPage(page).path);
        expect(await copyOf(context, name)).toEqual([]);
        await tab.reload();
        await expectLoginForm(tab);
      },
    );

    test('Back and Forward show nothing private', { tag: firstOnly(storage) }, async ({ page }) => {
      await logIn(page);
      await accountPage(page).logOut();
      await expect(page).toHaveURL(loginPage(page).path);

      await page.goBack();
      await expectLoginForm(page);
      await page.goForward();
      await expectLoginForm(page);
    });

    test(
      'Back does not revive the page of an earlier login',
      { tag: firstOnly(storage) },
      async ({ browserThatKeepsPages, browserName }) => {
        const page = await browserThatKeepsPages.newPage();
        await logIn(page);
        await noteRevival(page);
        await page.goto('/');

        // Most browsers keep a page for Back in spite of `no-store`, until the cookies change.
        await page.evaluate('history.back()');
        await expect(accountPage(page).user).toBeVisible();
        // While it loads again, there is no page to ask.
        await expect(async () =>
          expect(await wasRevived(page)).toBe(keepsNoStorePages(browserName)),
        ).toPass();
        await page.evaluate('history.forward()');
        await expect(async () => expect(await page.evaluate('location.pathname')).toBe('/')).toPass();

        // In another tab, since a form sent from this one would end its way forward.
        const tab = await browserThatKeepsPages.newPage();
        await accountPage(tab).open();
        await accountPage(tab).logOut();
        await expectLoginForm(tab);

        await page.evaluate('history.back()');
        await expectLoginForm(page);
      },
    );

    test(
      'Back does not revive the page of a session that has ended since, without a change of cookies',
      { tag: firstOnly(storage) },
      async ({ browserThatKeepsPages, browserName, clock }) => {
        const page = await browserThatKeepsPages.newPage();
        await logIn(page);
        await noteRevival(page);
        await page.goto('/');
        clock.advance(DAY + SECOND);

        await page.evaluate('history.back()');
        await expectLoginForm(page);
        expect(await wasRevived(page)).toBe(keepsNoStorePages(browserName));
      },
    );

    test('a copy of the old cookie opens nothing any more', async ({ page, anotherBrowser }) => {
      const stolen = await stolenBeforeLogout(page);
      await page.context().addCookies(stolen);
      await accountPage(page).open();
      await expectLoginForm(page);

      const thief = await anotherBrowser();
      await thief.addCookies(stolen);
      const theirs = await thief.newPage();
      await accountPage(theirs).open();
      await expectLoginForm(theirs);
    });

    test(
      'has the browser drop what it keeps of the site',
      { tag: firstOnly(storage) },
      async ({ page, browserName }) => {
        await logIn(page);
        await page.evaluate("localStorage.setItem('mine', 'private')");
        const response = await accountPage(page).logOut();
        expect(await response.headerValue('clear-site-data')).toBe('"cache", "storage"');
        await expectLoginForm(page);
        const kept = clearsSiteDataOnRedirect(browserName) ? null : 'private';
        expect(await page.evaluate("localStorage.getItem('mine')")).toBe(kept);
      },
    );
  });
}

async function logIn(page: Page): Promise<void> {
  await accountPage(page).open();
  await loginPage(page).logIn();
  await expect(accountPage(page).user).toContainText(displayName);
}

async function stolenBeforeLogout(page: Page) {
  await logIn(page);
  const stolen = await copyOf(page.context(), SESSION_COOKIE);
  await accountPage(page).logOut();
  await expectLoginForm(page);
  expect(stolen).toHaveLength(1);
  return stolen;
}

async function expectLoginForm(page: Page): Promise<void> {
  await expect(loginPage(page).name).toBeVisible();
  expect(await page.content()).not.toContain(displayName);
}

/** Lets the page that is open note whether the browser brings it back as it was, instead of loading it again. */
async function noteRevival(page: Page): Promise<void> {
  await page.evaluate(
    "addEventListener('pageshow', (event) => sessionStorage.setItem('revived', String(event.persisted)))",
  );
}

async function wasRevived(page: Page): Promise<boolean> {
  return (await page.evaluate("sessionStorage.getItem('revived')")) === 'true';
}
