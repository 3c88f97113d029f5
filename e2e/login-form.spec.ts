import { DEMO_ACCOUNT } from '../src/auth/users.ts';
import { expect, test } from './fixtures.ts';
import { accountPage, loginPage } from './pages.ts';

const { name, password } = DEMO_ACCOUNT;
const WRONG = 'The name or the password is wrong.';

test('says beside each field what is wrong, and keeps the name and the page that was wanted', async ({
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
  await expect(login.password).toHaveAccessibleDescription(WRONG);
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

test('can be reached past the navigation, filled in and sent from the keyboard', async ({ page }) => {
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

test('never leads to another site', async ({ page }) => {
  const login = loginPage(page);
  await login.open('//evil.test');
  await login.logIn();
  await expect(page).toHaveURL('/account');
  // Somebody who is logged in already is sent on at once.
  for (const next of ['https://evil.test', '/\\evil.test', '/\t/evil.test']) {
    await login.open(next);
    await expect(page).toHaveURL('/account');
  }
});
