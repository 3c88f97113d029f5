import { DEMO_ACCOUNT } from '../src/auth/users.ts';
import { allStorages, expect, flow as test, firstOnly } from './fixtures.ts';
import { accountPage, loginPage } from './login-page.ts';
import { SESSION_COOKIE, cookieOf, setCookies } from './session-cookies.ts';

const { displayName } = DEMO_ACCOUNT;

for (const storage of allStorages) {
  test.describe(`login, ${storage}`, () => {
    test.use({ storage });

    const name = SESSION_COOKIE;

    test(
      'leads to the page that was wanted, and knows who is there',
      { tag: firstOnly(storage) },
      async ({ page }) => {
        const account = accountPage(page);
        const login = loginPage(page);
        await account.open();
        await expect(page).toHaveURL(`${login.path}?next=${encodeURIComponent(account.path)}`);

        await login.logIn();
        await expect(page).toHaveURL(account.path);
        await expect(account.user).toContainText(displayName);
        await expect(page.getByRole('banner')).toContainText(`Logged in as ${displayName}`);
        // Who is logged in has no use for the form.
        await login.open();
        await expect(page).toHaveURL(account.path);
      },
    );

    test(
      'has a cookie that is for this site and for no script',
      { tag: firstOnly(storage) },
      async ({ page, context }) => {
        const login = loginPage(page);
        await login.open();
        const response = await login.logIn();
        expect(response.status()).toBe(303);
        await expect(accountPage(page).user).toBeVisible();
        const cookie = await cookieOf(context, name);
        expect(cookie).toMatchObject({ path: '/', domain: 'localhost', httpOnly: true, sameSite: 'Lax' });
        expect(cookie?.value).toBe((await setCookies(response)).get(name));
        expect(await page.evaluate('document.cookie')).toBe('');
      },
    );

    test('outlives a restart of the browser', async ({ startProfile }) => {
      const before = await startProfile();
      const page = await before.newPage();
      await loginPage(page).open();
      await loginPage(page).logIn();
      await expect(accountPage(page).user).toBeVisible();
      const cookie = await cookieOf(before, name);
      await before.close();

      const after = await startProfile();
      expect(await cookieOf(after, name)).toEqual(cookie);
      const account = accountPage(await after.newPage());
      await account.open();
      await expect(account.user).toBeVisible();
    });

    test('speaks JSON too', async ({ request }) => {
      const json = { headers: { Accept: 'application/json' } };
      const account = `/account`;
      const form = { name: DEMO_ACCOUNT.name, password: DEMO_ACCOUNT.password };

      const refused = await request.get(account, json);
      expect(refused.status()).toBe(401);
      expect(await refused.json()).toMatchObject({ error: { status: 401, message: 'Log in first.' } });
      const wrong = await request.post(`/login`, {
        ...json,
        form: { ...form, password: '' },
      });
      expect(wrong.status()).toBe(422);
      expect(await wrong.json()).toMatchObject({ errors: { password: 'Enter your password.' } });

      const right = await request.post(`/login`, { ...json, form });
      expect(await right.json()).toEqual({ user: 'ada', next: account });
      expect(await (await request.get(account, json)).json()).toMatchObject({ user: 'ada' });
      const out = await request.post(`/logout`, json);
      expect(await out.json()).toEqual({ loggedOut: true, next: `/login` });
      expect((await request.get(account, json)).status()).toBe(401);
    });
  });
}
