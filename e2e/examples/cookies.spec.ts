import { DAY, MINUTE, SECOND } from '../app-server.ts';
import { allStorages, expect, storages, test } from '../fixtures.ts';
import { accountPage, countPage, loginPage } from '../pages.ts';
import { fingerprint } from '../../src/session/index.ts';
import { inspector } from './inspector.ts';
import { lifetimePage } from './lifetime-page.ts';
import { viewsPage } from './views/views-page.ts';
import { exampleCookie } from './example-cookies.ts';
import { cookieOf, copyOf, SESSION_COOKIE } from '../session-cookies.ts';
import { forge, sealed } from './tampering.ts';

for (const storage of storages) {
  test.describe(`the session cookie, ${storage}`, () => {
    test.use({ storage });

    test('has the attributes that keep it to this site', async ({ page, context, clock }) => {
      await viewsPage(page, storage).open();
      await lifetimePage(page, storage, 'rolling').visit();
      await lifetimePage(page, storage, 'renew').visit();

      const cookies = (await context.cookies()).map(({ expires, value, ...attributes }) => {
        expect(value).not.toBe('');
        return { ...attributes, minutes: Math.round((expires * SECOND - clock.now()) / MINUTE) };
      });
      const common = { domain: 'localhost', path: '/', httpOnly: true, secure: false, sameSite: 'Lax' };
      const expected = [
        { name: exampleCookie(storage), minutes: DAY / MINUTE },
        { name: exampleCookie(storage, 'renew'), minutes: 1 },
        { name: exampleCookie(storage, 'rolling'), minutes: 1 },
      ].map((one) => ({ ...common, ...one }));
      expect(cookies).toHaveLength(expected.length);
      expect(cookies).toEqual(expect.arrayContaining(expected));
    });

    test('is out of reach for scripts, and so is what could stand in for it', async ({ page, context }) => {
      const login = loginPage(page);
      await login.open();
      await login.logIn();
      await expect(accountPage(page).user).toBeVisible();
      await countPage(page).open();
      const [cookie] = await copyOf(context, SESSION_COOKIE);
      expect(cookie).toBeDefined();
      expect(await page.evaluate('document.cookie')).toBe('');

      // The inspector shows the Set-Cookie lines, but not so much of them that a script could send them.
      const all = await page.evaluate<string>(
        'document.documentElement.outerHTML + JSON.stringify({ ...sessionStorage })',
      );
      expect(all).toContain(SESSION_COOKIE);
      expect(all).not.toContain(cookie?.value);
    });

    test('cannot be overwritten by scripts', async ({ page }) => {
      const counting = countPage(page);
      await counting.open();
      await page.evaluate(`document.cookie = '${SESSION_COOKIE}=planted; path=/'`);
      await counting.open();
      await expect(counting.count).toHaveText('2');
    });

    test('tampered with, it belongs to nobody and is no error', async ({ page, context }) => {
      const counting = countPage(page);
      const login = loginPage(page);
      const account = accountPage(page);
      await login.open();
      await login.logIn();
      await expect(account.user).toBeVisible();
      const genuine = await copyOf(context, SESSION_COOKIE);
      const [cookie] = genuine;
      if (!cookie) throw new Error('The browser holds no session cookie.');

      for (const { title, cookies } of forge(cookie, storage)) {
        await test.step(title, async () => {
          await context.clearCookies();
          await context.addCookies(cookies);
          const response = await counting.open();
          expect.soft(response.status(), title).toBe(200);
          const sent = (await response.request().allHeaders())['cookie'] ?? '';
          for (const { name, value } of cookies) expect(sent).toContain(`${name}=${value}`);
          await expect.soft(counting.count, title).toHaveText('1');
          await expect.soft(page.getByText('Logged in as'), title).toHaveCount(0);

          await context.clearCookies();
          await context.addCookies(cookies);
          await account.open();
          await expect.soft(login.name, title).toBeVisible();
        });
      }

      // That was the forgeries' doing: the genuine cookie still opens the session.
      await context.clearCookies();
      await context.addCookies(genuine);
      await account.open();
      await expect(account.user).toBeVisible();
    });

    test('beside a planted one of a longer path it is no error', async ({ page, context, baseURL }) => {
      const counting = countPage(page);
      await counting.open();
      const { hostname: domain } = new URL(baseURL ?? '');
      await context.addCookies([{ name: SESSION_COOKIE, value: 'planted', domain, path: '/count' }]);
      const response = await counting.open();
      expect(response.status()).toBe(200);
      const sent = (await response.request().allHeaders())['cookie'];
      expect(sent).toMatch(new RegExp(`${SESSION_COOKIE}=planted;.* ${SESSION_COOKIE}=`));
      await expect(counting.count).toHaveText('2');
    });
  });
}

if (allStorages.includes('memory')) {
  test('memory: an id that somebody made up is not adopted, not even well sealed', async ({
    page,
    context,
    baseURL,
  }) => {
    const value = sealed(exampleCookie('memory'), 'memory', 'sid-chosen-by-somebody-else');
    await context.addCookies([{ name: exampleCookie('memory'), value, url: baseURL ?? '' }]);

    await viewsPage(page, 'memory').open();
    await expect(inspector(page).events).toHaveText(['missed', 'created']);
    const fingerprintOfIt = fingerprint('sid-chosen-by-somebody-else');
    await expect(inspector(page).root).not.toContainText(fingerprintOfIt);
    expect((await cookieOf(context, exampleCookie('memory')))?.value).not.toBe(value);
  });
}
