import type { Page } from 'playwright/test';
import { MINUTE } from '../app-server.ts';
import { expect, test as base } from '../fixtures.ts';
import { accountPage, countPage, isLoggedIn, logIn, loginPage, visit } from '../pages.ts';
import { type AppOnRedis, startAppOnRedis } from './app-on-redis.ts';

/** An app whose Redis the test may stop and start. Redis loses nothing that it has acknowledged. */
const test = base.extend<{ app: AppOnRedis }>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the names of fixtures from a pattern
  app: async ({}, use) => {
    const app = await startAppOnRedis('appendonly yes', 'appendfsync always');
    await use(app);
    await app.close();
  },
});

test.describe('an outage of Redis', () => {
  test.afterEach('is logged once, as is the failure of the store', ({ app }) => {
    const messages = app.errors.splice(0).map((line) => (JSON.parse(line) as { msg: string }).msg);
    const others = messages.filter((message) => !message.startsWith('Redis ('));
    expect(others).toEqual(['the session store failed']);
    expect(messages.length).toBeLessThanOrEqual(2);
  });

  test('logs nobody out and loses no change that is made meanwhile', async ({ page, app: { redis } }) => {
    const counting = countPage(page);
    await logIn(page);
    await counting.open();
    await expect(counting.place).toHaveText('store');

    await redis.kill();
    // Pages without a session are not affected. Others work without the data in Redis, and keep new changes.
    await visit(page, '/');
    for (const count of ['1', '2', '3']) {
      await counting.open();
      await expect(counting.count).toHaveText(count);
      await expect(counting.place).toHaveText('outage');
    }

    await redis.start();
    // The login is back, and the count of the outage is applied; each look adds one.
    await expect(counting.count).toHaveText(String(3 + (await looksUntilBack(page))));
    expect(await isLoggedIn(page)).toBe(true);
  });

  test('refuses a logout that could not be enforced and a login that could not be ended, and says so', async ({
    page,
    anotherBrowser,
    app: { redis },
    problems,
  }) => {
    await logIn(page);
    await accountPage(page).open();
    const other = await (await anotherBrowser()).newPage();
    await loginPage(other).open();
    await redis.kill();
    problems.expect(/^503 POST /);
    const logout = await accountPage(page).logOut();
    expect(logout.status()).toBe(503);
    expect(logout.headers()).not.toHaveProperty('clear-site-data');
    await expect(page.getByRole('main')).toContainText('You are still logged in');
    await expect(page.getByRole('main')).toContainText('we could not end your session');
    expect((await loginPage(other).logIn()).status()).toBe(503);
    await expect(other.getByRole('main')).toContainText('Your session was not changed');

    await redis.start();
    await looksUntilBack(page);
    await accountPage(page).open();
    await accountPage(page).logOut();
    expect(await isLoggedIn(page)).toBe(false);
    await logIn(other);
  });

  test('does not keep visitors waiting if Redis hangs', async ({ page, app: { redis } }) => {
    const counting = countPage(page);
    await logIn(page);
    /** How long four looks take, in ms. */
    const timeOfLooks = async (): Promise<number> => {
      const start = performance.now();
      for (const count of ['1', '2', '3', '4']) {
        await counting.open();
        await expect(counting.count).toHaveText(count);
      }
      return performance.now() - start;
    };
    const usual = await timeOfLooks();
    redis.pause();
    // A single command may take one second, and no request waits for a second command.
    expect(await timeOfLooks()).toBeLessThan(4000 + 2 * usual);
    await visit(page, '/');
    redis.resume();
    await looksUntilBack(page);
    expect(await isLoggedIn(page)).toBe(true);
  });
});

/** Opens the page until the app has found Redis again. Returns how often. */
async function looksUntilBack(page: Page): Promise<number> {
  let looks = 0;
  await expect(async () => {
    looks += 1;
    await countPage(page).open();
    expect(await countPage(page).place.textContent()).toBe('store');
  }).toPass({ timeout: MINUTE });
  return looks;
}
