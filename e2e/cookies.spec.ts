import { DAY, MINUTE, SECOND } from './clock.ts';
import { expect, storages, test } from './fixtures.ts';
import { accountPage, loginPage } from './pages/login-page.ts';
import { lifetimePage } from './pages/lifetime-page.ts';
import { viewsPage } from './pages/views-page.ts';
import { cookieName, copyOf } from './session-cookies.ts';
import { forge } from './tampering.ts';

for (const storage of storages) {
  const name = cookieName(storage);

  test.describe(`the session cookie, ${storage}`, () => {
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
        { name, minutes: DAY / MINUTE },
        { name: cookieName(storage, 'renew'), minutes: 1 },
        { name: cookieName(storage, 'rolling'), minutes: 1 },
      ].map((one) => ({ ...common, ...one }));
      expect(cookies).toHaveLength(expected.length);
      expect(cookies).toEqual(expect.arrayContaining(expected));
    });

    test('is out of reach for scripts, and so is what could stand in for it', async ({ page, context }) => {
      const login = loginPage(page, storage);
      await login.open();
      await login.logIn();
      await expect(accountPage(page, storage).user).toBeVisible();
      await viewsPage(page, storage).open();
      const [cookie] = await copyOf(context, name);
      expect(cookie).toBeDefined();
      expect(await page.evaluate('document.cookie')).toBe('');

      // The inspector shows the Set-Cookie lines, but not so much of them that a script could send them.
      const all = await page.evaluate<string>(
        'document.documentElement.outerHTML + JSON.stringify({ ...sessionStorage })',
      );
      expect(all).toContain(name);
      expect(all).not.toContain(cookie?.value);
    });

    test('cannot be overwritten by scripts', async ({ page }) => {
      const views = viewsPage(page, storage);
      await views.open();
      await page.evaluate(`document.cookie = '${name}=planted; path=/'`);
      await views.open();
      await expect(views.count).toHaveText('2');
    });

    test('tampered with, it belongs to nobody and is no error', async ({ page, context }) => {
      const views = viewsPage(page, storage);
      const login = loginPage(page, storage);
      const account = accountPage(page, storage);
      await login.open();
      await login.logIn();
      await expect(account.user).toBeVisible();
      const genuine = await copyOf(context, name);
      const [cookie] = genuine;
      if (!cookie) throw new Error('The browser holds no session cookie.');

      for (const { title, cookies } of forge(cookie, storage)) {
        await test.step(title, async () => {
          await context.clearCookies();
          await context.addCookies(cookies);
          const response = await views.open();
          expect.soft(response.status(), title).toBe(200);
          const sent = (await response.request().allHeaders())['cookie'] ?? '';
          for (const { name, value } of cookies) expect(sent).toContain(`${name}=${value}`);
          await expect.soft(views.count, title).toHaveText('1');
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
      const views = viewsPage(page, storage);
      await views.open();
      const { hostname: domain } = new URL(baseURL ?? '');
      await context.addCookies([{ name, value: 'planted', domain, path: `/${storage}` }]);
      const response = await views.open();
      expect(response.status()).toBe(200);
      const sent = (await response.request().allHeaders())['cookie'];
      expect(sent).toMatch(new RegExp(`${name}=planted;.* ${name}=`));
      await expect(views.count).toHaveText('2');
    });
  });
}
