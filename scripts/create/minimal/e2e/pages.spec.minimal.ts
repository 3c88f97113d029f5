import { DEMO_ACCOUNT } from '../src/auth/users.ts';
import { expect, storages, test } from './fixtures.ts';
import { accountPage, loginPage } from './pages/login-page.ts';
import { visit } from './pages/visit.ts';

for (const storage of storages) {
  test('the start page leads to the login, and then to the account', async ({ page, context }) => {
    await visit(page, '/');
    expect(await context.cookies()).toEqual([]);
    await page.getByRole('link', { name: 'Log in' }).click();
    await loginPage(page, storage).logIn();
    await visit(page, '/');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Welcome, ${DEMO_ACCOUNT.displayName}`);
    await page.getByRole('link', { name: 'Your account' }).click();
    await expect(accountPage(page, storage).user).toBeVisible();
    await visit(page, '/');
    await page.getByRole('button', { name: 'Log out' }).click();
    await visit(page, '/');
    await expect(page.getByText('You are not logged in.')).toBeVisible();
  });
}

test('the keyboard can skip the navigation', async ({ page }) => {
  await visit(page, '/');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Log in' })).toBeFocused();
});

test('script that got into a page does not run', async ({ page, problems }) => {
  problems.expect(/CSP violation: script-src/);
  // What browsers add in words of their own.
  problems.allow(/content security policy|content-security-policy/i);
  await visit(page, '/');
  const title = await page.title();
  await page.evaluate(`document.body.append(Object.assign(document.createElement('script'), {
    textContent: 'document.title = 2',
  }))`);
  await expect.poll(() => problems.found().filter((one) => one.includes('CSP violation')).length).toBe(1);
  await expect(page).toHaveTitle(title);
});
