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

test('after five wrong passwords even the right one has to wait', async ({ page, context, problems }) => {
  for (const guess of ['one', 'two', 'three', 'four', 'five']) {
    const response = await page.request.post('/login', { form: { name, password: guess } });
    expect(response.status()).toBe(422);
  }
  problems.expect(/^429 POST /);
  const login = loginPage(page);
  await login.open();
  const response = await login.logIn();
  expect(response.status()).toBe(429);
  const wait = Number(await response.headerValue('retry-after'));
  expect(wait).toBeGreaterThan(14 * 60);
  expect(wait).toBeLessThanOrEqual(15 * 60);
  await expect(login.alert).toHaveText('Too many attempts. Try again in 15 minutes.');
  await expect(login.name).toHaveValue(name);
  expect(await context.cookies()).toEqual([]);
});

test('programs log in and out with JSON', async ({ request }) => {
  const headers = { Accept: 'application/json' };
  const get = (path: string) => request.get(path, { headers });
  const post = (path: string, form = {}) => request.post(path, { headers, form });

  const refused = await get('/account');
  expect(refused.status()).toBe(401);
  expect(await refused.json()).toMatchObject({ error: { status: 401, message: 'Log in first.' } });
  expect((await post('/account/sessions/end-others')).status()).toBe(401);
  const wrong = await post('/login', { name });
  expect(wrong.status()).toBe(422);
  expect(await wrong.json()).toMatchObject({ errors: { password: 'Enter your password.' } });

  expect(await (await post('/login', { name, password })).json()).toEqual({ user: 'ada', next: '/account' });
  expect(await (await get('/account')).json()).toMatchObject({ user: 'ada' });
  expect(await (await post('/logout')).json()).toEqual({ loggedOut: true, next: '/login' });
  expect((await get('/account')).status()).toBe(401);
  expect((await request.delete('/login', { headers })).status()).toBe(405);
});
