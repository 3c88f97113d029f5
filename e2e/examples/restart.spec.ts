import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Koa from 'koa';
import { listen } from '../../src/http/lifecycle.ts';
import { session, type SessionOptions } from '../../src/session/index.ts';
import { close, keys, SECOND } from '../app-server.ts';
import type { BrowserContext } from '../browser.ts';
import { allStorages, expect, firstOnly, flow } from '../fixtures.ts';
import { accountPage, countPage, loginPage, visit } from '../pages.ts';
import { cookieOf, SESSION_COOKIE, setCookies } from '../session-cookies.ts';
import { expectAbout } from './example-cookies.ts';

const test = flow.extend<{
  /** Starts a browser with one profile on disk. To restart the browser, close it and call this again. */
  startProfile: () => Promise<BrowserContext>;
  /**
   * Starts an app that counts, with session options that the real app does not use; returns its URL. A test names it
   * before its browser, so that the browser is closed first: it may ask for the icon late.
   */
  startCounter: (options: SessionOptions) => Promise<string>;
}>({
  startProfile: async ({ playwright, browserName, launchOptions, problems }, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'e2e-profile-'));
    const opened: BrowserContext[] = [];
    await use(async () => {
      const context = await playwright[browserName].launchPersistentContext(folder, launchOptions);
      opened.push(context);
      await problems.watch(context);
      return context;
    });
    for (const context of opened) await context.close();
    await rm(folder, { recursive: true, force: true });
  },

  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the names of fixtures from a pattern
  startCounter: async ({}, use) => {
    const app = new Koa();
    app.keys = keys;
    const started: Awaited<ReturnType<typeof listen>>[] = [];
    await use(async (options) => {
      app.use(session(options, app));
      app.use((ctx) => {
        ctx.body = 'This page does not use the session.';
        if (ctx.path !== '/') return;
        ctx.session.count = (ctx.session.count ?? 0) + 1;
        ctx.body = `count: ${ctx.session.count}`;
      });
      started.push(await listen(app, { host: '127.0.0.1', port: 0 }));
      return started[0]?.url ?? '';
    });
    for (const { server } of started) await close(server);
  },
});

for (const storage of allStorages) {
  test.describe(`a restart of the browser, ${storage}`, () => {
    test.use({ storage });

    test(
      'a cookie with an end survives, and the count goes on',
      { tag: firstOnly(storage) },
      async ({ app, startProfile, clock }) => {
        const before = await startProfile();
        const page = await before.newPage();
        await loginPage(page).open();
        await loginPage(page).logIn();
        await expect(accountPage(page).user).toBeVisible();
        await countPage(page).open();
        const sealedByOld = await cookieOf(before, SESSION_COOKIE);

        // The keys are rotated.
        app.keys.unshift('a newer key of the end-to-end tests, and of nobody else');
        const response = await accountPage(page).open();
        expect([...(await setCookies(response)).keys()]).toEqual([SESSION_COOKIE]);
        const sealedByNew = await cookieOf(before, SESSION_COOKIE);
        expect(sealedByNew?.value).not.toBe(sealedByOld?.value);
        expect({ ...sealedByNew, value: '', expires: 0 }).toEqual({ ...sealedByOld, value: '', expires: 0 });
        expectAbout((sealedByNew?.expires ?? 0) * SECOND, (sealedByOld?.expires ?? 0) * SECOND, clock);
        await before.close();

        app.keys.splice(1);
        const after = await startProfile();
        const restored = await cookieOf(after, SESSION_COOKIE);
        expect({ ...restored, expires: 0 }).toEqual({ ...sealedByNew, expires: 0 });
        // WebKitGTK recomputes the expiry when it reads its file, so it may be one second later.
        expect([0, 1]).toContain((restored?.expires ?? 0) - (sealedByNew?.expires ?? 0));
        const again = await after.newPage();
        await countPage(again).open();
        await expect(countPage(again).count).toHaveText('2');
        await accountPage(again).open();
        await expect(accountPage(again).user).toBeVisible();
      },
    );
  });
}

test(
  "a cookie of maxAge 'session' does not survive",
  { tag: '@engines' },
  async ({ startCounter, startProfile }) => {
    const url = await startCounter({ maxAge: 'session' });
    const before = await startProfile();
    await visit(await before.newPage(), url);
    const tab = await before.newPage();
    await visit(tab, url);
    await expect(tab.locator('body')).toHaveText('count: 2');
    expect(await cookieOf(before, 'koa.sess')).toMatchObject({ expires: -1 });
    await before.close();

    const after = await startProfile();
    expect(await after.cookies(url)).toEqual([]);
    const fresh = await after.newPage();
    await visit(fresh, url);
    await expect(fresh.locator('body')).toHaveText('count: 1');
    await after.close();
  },
);

// The browser counts Max-Age on its own clock, which no test moves.
test(
  'the browser itself drops the cookie when its time is over',
  { tag: '@engines' },
  async ({ startCounter, page }) => {
    const url = await startCounter({ maxAge: 5 * SECOND });
    const sentTo = async (path: string) =>
      (await (await visit(page, url + path)).request().allHeaders())['cookie'];
    await sentTo('/');
    expect(await sentTo('/elsewhere')).toContain('koa.sess=');
    // Checked by what the browser sends: Firefox still lists cookies that it no longer sends.
    await expect.poll(() => sentTo('/elsewhere')).toBeUndefined();
  },
);
