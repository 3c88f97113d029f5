import type { Page } from 'playwright/test';
import { MINUTE } from '../app-server.ts';
import { expect, test as base } from '../fixtures.ts';
import { type AppOnRedis, startAppOnRedis } from './app-on-redis.ts';
import { accountPage, countPage, loginPage, visit } from '../pages.ts';

/** An app whose Redis the test may stop and start. It forgets nothing that it has acknowledged. */
const test = base.extend<{ app: AppOnRedis }>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the names of fixtures from a pattern
  app: async ({}, use) => {
    const app = await startAppOnRedis('appendonly yes', 'appendfsync always');
    await use(app);
    await app.close();
  },
});

test.describe('an outage of Redis', () => {
  test('logs nobody out and loses nothing that is written meanwhile', async ({ page, app }) => {
    const { redis } = app;
    const counting = countPage(page);
    await logIn(page);
    await counting.open();
    await expect(counting.place).toHaveText('store');

    await redis.kill();
    // Pages that need no session do not notice.
    await visit(page, '/');
    // Others go on without what only Redis knows, and keep what is written.
    await counting.open();
    await expect(counting.count).toHaveText('1');
    await expect(counting.place).toHaveText('outage');
    await page.reload();
    await expect(counting.count).toHaveText('2');
    await counting.open();
    await expect(counting.count).toHaveText('3');

    await redis.start();
    // The login of before and what was counted during the outage: each look adds one to it.
    const looks = await backAgain(page);
    await expect(counting.count).toHaveText(String(3 + looks));
    await expect(counting.place).toHaveText('store');
    await accountPage(page).open();
    await expect(accountPage(page).user).toBeVisible();
    expectQuietLog(app.errors);
  });

  test('refuses a logout that could not be enforced, and says what was not done', async ({
    page,
    app,
    problems,
  }) => {
    const { redis } = app;
    const account = accountPage(page);
    await logIn(page);
    await redis.kill();
    problems.expect(/^503 POST /);
    const refused = await account.logOut();
    expect(refused.status()).toBe(503);
    expect(refused.headers()).not.toHaveProperty('clear-site-data');
    await expect(page.getByRole('main')).toContainText('You are still logged in');
    await expect(page.getByRole('main')).toContainText('could not be ended');

    await redis.start();
    await countPage(page).open();
    await backAgain(page);
    await account.open();
    expect((await account.logOut()).status()).toBe(303);
    await account.open();
    await expect(loginPage(page).name).toBeVisible();
    expectQuietLog(app.errors);
  });

  test('refuses a login that nobody could end, and lets it in when Redis is back', async ({
    page,
    app,
    problems,
  }) => {
    const { redis } = app;
    await redis.kill();
    await loginPage(page).open();
    problems.expect(/^503 POST /);
    expect((await loginPage(page).logIn()).status()).toBe(503);
    await expect(page.getByRole('main')).toContainText('was left as it is');

    await redis.start();
    await countPage(page).open();
    await backAgain(page);
    await logIn(page);
    expectQuietLog(app.errors);
  });

  test('keeps nobody waiting when Redis hangs', async ({ page, app }) => {
    const { redis } = app;
    const counting = countPage(page);
    await logIn(page);
    await counting.open();
    const reloads = async (counts: readonly string[]): Promise<number> => {
      const start = performance.now();
      for (const count of counts) {
        await page.reload();
        await expect(counting.count).toHaveText(count);
      }
      return performance.now() - start;
    };
    const usual = await reloads(['2', '3', '4']);
    redis.pause();
    await counting.open();
    const meanwhile = await reloads(['2', '3', '4']);
    // One second is what a single command may take, and no request waits for a second one.
    expect(meanwhile).toBeLessThan(4000 + 2 * usual);
    await visit(page, '/');
    redis.resume();
    await counting.open();
    await backAgain(page);
    await accountPage(page).open();
    await expect(accountPage(page).user).toBeVisible();
    expectQuietLog(app.errors);
  });
});

async function logIn(page: Page): Promise<void> {
  await accountPage(page).open();
  await loginPage(page).logIn();
  await expect(accountPage(page).user).toBeVisible();
}

/** The client needs a moment until it has found the server again. Answers how often the page was loaded meanwhile. */
async function backAgain(page: Page): Promise<number> {
  let looks = 0;
  await expect(async () => {
    looks += 1;
    await page.reload();
    expect(await countPage(page).place.textContent()).toBe('store');
  }).toPass({ timeout: MINUTE });
  return looks;
}

const isOfConnection = (message: string) => message.startsWith('Redis (');

/** Takes what the app has logged: that Redis is away, and that the store failed, once each. */
function expectQuietLog(errors: string[]): void {
  const messages = errors.splice(0).map((line) => (JSON.parse(line) as { msg: string }).msg);
  expect(messages.filter((message) => !isOfConnection(message))).toEqual(['the session store failed']);
  expect(messages.filter(isOfConnection).length).toBeLessThanOrEqual(1);
}
