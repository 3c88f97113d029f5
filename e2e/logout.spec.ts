import type { Page } from './browser.ts';
import { DEMO_ACCOUNT } from '../src/auth/users.ts';
import { DAY, SECOND } from './clock.ts';
import { clearsSiteDataOnRedirect, keepsNoStorePages } from './engine-differences.ts';
import { allStorages, expect, flow as test, type Storage, firstOnly } from './fixtures.ts';
import { accountPage, loginPage } from './pages/login-page.ts';
import { cookieName, copyOf } from './session-cookies.ts';

const { displayName } = DEMO_ACCOUNT;

for (const storage of allStorages) {
  test.describe(`logout, ${storage}`, () => {
    const name = cookieName(storage);

    test(
      'ends the session in every tab and leaves no cookie',
      { tag: firstOnly(storage) },
      async ({ page, context }) => {
        await logIn(page, storage);
        const tab = await context.newPage();
        await accountPage(tab, storage).open();
        await expect(accountPage(tab, storage).user).toBeVisible();

        expect((await accountPage(page, storage).logOut()).status()).toBe(303);
        await expect(page).toHaveURL(loginPage(page, storage).path);
        expect(await copyOf(context, name)).toEqual([]);
        await tab.reload();
        await expectLoginForm(tab, storage);
      },
    );

    test('Back and Forward show nothing private', { tag: firstOnly(storage) }, async ({ page }) => {
      await logIn(page, storage);
      await accountPage(page, storage).logOut();
      await expect(page).toHaveURL(loginPage(page, storage).path);

      await page.goBack();
      await expectLoginForm(page, storage);
      await page.goForward();
      await expectLoginForm(page, storage);
    });

    test(
      'Back does not revive the page of an earlier login',
      { tag: firstOnly(storage) },
      async ({ browserThatKeepsPages, browserName }) => {
        const page = await browserThatKeepsPages.newPage();
        await logIn(page, storage);
        await noteRevival(page);
        await page.goto('/');

        // Most browsers keep a page for Back in spite of `no-store`, until the cookies change.
        await page.evaluate('history.back()');
        await expect(accountPage(page, storage).user).toBeVisible();
        // While it loads again, there is no page to ask.
        await expect(async () =>
          expect(await wasRevived(page)).toBe(keepsNoStorePages(browserName)),
        ).toPass();
        await page.evaluate('history.forward()');
        await expect(async () => expect(await page.evaluate('location.pathname')).toBe('/')).toPass();

        // In another tab, since a form sent from this one would end its way forward.
        const tab = await browserThatKeepsPages.newPage();
        await accountPage(tab, storage).open();
        await accountPage(tab, storage).logOut();
        await expectLoginForm(tab, storage);

        await page.evaluate('history.back()');
        await expectLoginForm(page, storage);
      },
    );

    test(
      'Back does not revive the page of a session that has ended since, without a change of cookies',
      { tag: firstOnly(storage) },
      async ({ browserThatKeepsPages, browserName, clock }) => {
        const page = await browserThatKeepsPages.newPage();
        await logIn(page, storage);
        await noteRevival(page);
        await page.goto('/');
        clock.advance(DAY + SECOND);

        await page.evaluate('history.back()');
        await expectLoginForm(page, storage);
        expect(await wasRevived(page)).toBe(keepsNoStorePages(browserName));
      },
    );

    test('a copy of the old cookie opens nothing any more', async ({ page, anotherBrowser }) => {
      const stolen = await stolenBeforeLogout(page, storage);
      await page.context().addCookies(stolen);
      await accountPage(page, storage).open();
      await expectLoginForm(page, storage);

      const thief = await anotherBrowser();
      await thief.addCookies(stolen);
      const theirs = await thief.newPage();
      await accountPage(theirs, storage).open();
      await expectLoginForm(theirs, storage);
    });

    test(
      'has the browser drop what it keeps of the site',
      { tag: firstOnly(storage) },
      async ({ page, browserName }) => {
        await logIn(page, storage);
        await page.evaluate("localStorage.setItem('mine', 'private')");
        const response = await accountPage(page, storage).logOut();
        expect(await response.headerValue('clear-site-data')).toBe('"cache", "storage"');
        await expectLoginForm(page, storage);
        const kept = clearsSiteDataOnRedirect(browserName) ? null : 'private';
        expect(await page.evaluate("localStorage.getItem('mine')")).toBe(kept);
      },
    );
  });
}

async function logIn(page: Page, storage: Storage): Promise<void> {
  await accountPage(page, storage).open();
  await loginPage(page, storage).logIn();
  await expect(accountPage(page, storage).user).toContainText(displayName);
}

async function stolenBeforeLogout(page: Page, storage: Storage) {
  await logIn(page, storage);
  const stolen = await copyOf(page.context(), cookieName(storage));
  await accountPage(page, storage).logOut();
  await expectLoginForm(page, storage);
  expect(stolen).toHaveLength(1);
  return stolen;
}

async function expectLoginForm(page: Page, storage: Storage): Promise<void> {
  await expect(loginPage(page, storage).name).toBeVisible();
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
