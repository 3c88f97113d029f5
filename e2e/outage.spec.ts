import type { Page } from 'playwright/test';
import { MINUTE } from './clock.ts';
import { allStorages, expect, test } from './fixtures.ts';
import { inspector } from './pages/inspector.ts';
import { accountPage, loginPage } from './pages/login-page.ts';
import { visit } from './pages/visit.ts';
import { viewsPage } from './pages/views-page.ts';

// These stop and start a real Redis under a browser. Without one they cannot run, which the fixtures say loudly.
if (allStorages.includes('redis')) {
  test.describe('an outage of Redis', () => {
    test.use({ baseURL: ({ appOnRedis }, use) => use(appOnRedis.app.url) });

    test('logs nobody out and loses nothing that is written meanwhile', async ({ page, appOnRedis }) => {
      const { redis, app } = appOnRedis;
      const views = viewsPage(page, 'redis');
      const { data, tags } = inspector(page);
      await logIn(page);
      await views.open();
      await expect(place(page)).toContainText('In Redis, for all processes of the app.');

      await redis.kill();
      // Pages that need no session do not notice.
      await visit(page, '/');
      // Others go on without what only Redis knows, and keep what is written.
      await views.open();
      await expect(views.count).toHaveText('1');
      await expect(place(page)).toContainText('cannot be reached');
      await expect(inspector(page).setCookie).toContainText('is sealed into the cookie, beside the id');
      await page.reload();
      await expect(views.count).toHaveText('2');
      await expect(tags).toHaveText(['Redis', 'existing']);
      await views.lookAgain();
      await expect(views.count).toHaveText('3');

      await redis.start();
      // The login of before and what was counted during the outage: each look adds one to it.
      const looks = await backAgain(page);
      await expect(data).toContainText('userId');
      await expect(views.count).toHaveText(String(3 + looks));
      await expect(place(page)).toContainText('In Redis, for all processes of the app.');
      await accountPage(page, 'redis').open();
      await expect(accountPage(page, 'redis').user).toBeVisible();
      expectQuietLog(app.errors);
    });

    test('refuses a logout that could not be enforced, and says what was not done', async ({
      page,
      appOnRedis,
      problems,
    }) => {
      const { redis, app } = appOnRedis;
      const account = accountPage(page, 'redis');
      await logIn(page);
      await redis.kill();
      problems.expect(/^503 POST /);
      const refused = await account.logOut();
      expect(refused.status()).toBe(503);
      expect(refused.headers()).not.toHaveProperty('clear-site-data');
      await expect(page.getByRole('main')).toContainText('You are still logged in');
      await expect(page.getByRole('main')).toContainText('could not be ended');

      await redis.start();
      await viewsPage(page, 'redis').open();
      await backAgain(page);
      await account.open();
      expect((await account.logOut()).status()).toBe(303);
      await account.open();
      await expect(loginPage(page, 'redis').name).toBeVisible();
      expectQuietLog(app.errors);
    });

    test('refuses a login that nobody could end, and lets it in when Redis is back', async ({
      page,
      appOnRedis,
      problems,
    }) => {
      const { redis, app } = appOnRedis;
      await redis.kill();
      await loginPage(page, 'redis').open();
      problems.expect(/^503 POST /);
      expect((await loginPage(page, 'redis').logIn()).status()).toBe(503);
      await expect(page.getByRole('main')).toContainText('was left as it is');

      await redis.start();
      await viewsPage(page, 'redis').open();
      await backAgain(page);
      await logIn(page);
      expectQuietLog(app.errors);
    });

    test('keeps nobody waiting when Redis hangs', async ({ page, appOnRedis }) => {
      const { redis, app } = appOnRedis;
      const views = viewsPage(page, 'redis');
      await logIn(page);
      await views.open();
      const reloads = async (counts: readonly string[]): Promise<number> => {
        const start = performance.now();
        for (const count of counts) {
          await page.reload();
          await expect(views.count).toHaveText(count);
        }
        return performance.now() - start;
      };
      const usual = await reloads(['2', '3', '4']);
      redis.pause();
      await views.open();
      const meanwhile = await reloads(['2', '3', '4']);
      // One second is what a single command may take, and no request waits for a second one.
      expect(meanwhile).toBeLessThan(4000 + 2 * usual);
      await visit(page, '/');
      redis.resume();
      await views.open();
      await backAgain(page);
      await accountPage(page, 'redis').open();
      await expect(accountPage(page, 'redis').user).toBeVisible();
      expectQuietLog(app.errors);
    });
  });
}

function place(page: Page) {
  return page
    .getByRole('complementary', { name: 'Inspector' })
    .locator('section', { hasText: 'Fingerprint' });
}

async function logIn(page: Page): Promise<void> {
  await accountPage(page, 'redis').open();
  await loginPage(page, 'redis').logIn();
  await expect(accountPage(page, 'redis').user).toBeVisible();
}

/** The client needs a moment until it has found the server again. Answers how often the page was loaded meanwhile. */
async function backAgain(page: Page): Promise<number> {
  let looks = 0;
  await expect(async () => {
    looks += 1;
    await page.reload();
    expect(await place(page).textContent()).toContain('In Redis, for all processes of the app.');
  }).toPass({ timeout: MINUTE });
  return looks;
}

/** Takes what the app has logged: that the store failed, once. */
function expectQuietLog(errors: string[]): void {
  const messages = errors.splice(0).map((line) => (JSON.parse(line) as { msg: string }).msg);
  expect(messages).toEqual(['the session store failed']);
}
