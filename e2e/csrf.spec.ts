import { DEMO_ACCOUNT } from '../src/auth/users.ts';
import { expect, storages, test } from './fixtures.ts';
import { accountPage, loginPage } from './login-page.ts';
import { sending, visit } from './visit.ts';
import { SESSION_COOKIE, copyOf } from './session-cookies.ts';

// Another port of the same host is the same site for SameSite cookies: the browser sends them along.
const foreigners = [
  { host: '127.0.0.1', who: 'another site', sendsCookie: false },
  { host: 'localhost', who: 'another port of this host', sendsCookie: true },
] as const;

for (const storage of storages) {
  for (const { host, who, sendsCookie } of foreigners) {
    test.describe(`a form on ${who}, ${storage}`, () => {
      test.use({ storage });

      const name = SESSION_COOKIE;

      test('cannot log anybody out', async ({ page, foreignSite, problems, baseURL }) => {
        problems.expect(/^403 POST /);
        const account = accountPage(page);
        await loginPage(page).open();
        await loginPage(page).logIn();
        await expect(account.user).toBeVisible();

        await visit(page, foreignSite.formPage(host, `${baseURL}/logout`));
        const response = await sending(page, () => page.getByRole('button').click());
        expect(response.status()).toBe(403);
        const sent = (await response.request().allHeaders())['cookie'] ?? '';
        expect(sent.includes(`${name}=`)).toBe(sendsCookie);
        await expect(page.getByRole('main')).toContainText('This request was refused');
        await account.open();
        await expect(account.user).toBeVisible();
      });

      test('cannot log anybody in', async ({ page, context, foreignSite, problems, baseURL }) => {
        problems.expect(/^403 POST /);
        const { name: user, password } = DEMO_ACCOUNT;
        await visit(page, foreignSite.formPage(host, `${baseURL}/login`, { name: user, password }));
        const response = await sending(page, () => page.getByRole('button').click());
        expect(response.status()).toBe(403);
        expect(await copyOf(context, name)).toEqual([]);
        await accountPage(page).open();
        await expect(loginPage(page).name).toBeVisible();
      });
    });
  }
}
