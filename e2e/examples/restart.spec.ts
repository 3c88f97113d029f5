import Koa from 'koa';
import { listen } from '../../src/http/lifecycle.ts';
import { MemoryStore, session } from '../../src/session/index.ts';
import { close, keys } from '../app-server.ts';
import { allStorages, expect, storages, firstOnly } from '../fixtures.ts';
import { accountPage, loginPage, visit } from '../pages.ts';
import { viewsPage } from './views/views-page.ts';
import { exampleCookie, expectAbout } from './example-cookies.ts';
import { test } from './restarts.ts';
import { cookieOf, SESSION_COOKIE, setCookies } from '../session-cookies.ts';

for (const storage of storages) {
  test.describe(`a browser restart, ${storage}`, () => {
    test.use({ storage });

    const name = exampleCookie(storage);

    test(
      'a cookie with an end survives, and the count goes on',
      { tag: firstOnly(storage) },
      async ({ startProfile }) => {
        const before = await startProfile();
        const views = viewsPage(await before.newPage(), storage);
        await views.open();
        await views.open();
        await expect(views.count).toHaveText('2');
        const cookie = await cookieOf(before, name);
        await before.close();

        const after = await startProfile();
        expect(await cookieOf(after, name)).toMatchObject({ value: cookie?.value, expires: cookie?.expires });
        const again = viewsPage(await after.newPage(), storage);
        await again.open();
        await expect(again.count).toHaveText('3');
      },
    );

    // No page of the app has such a session, so this has an app of its own.
    test(
      "a cookie of maxAge 'session' does not survive",
      { tag: firstOnly(storage) },
      async ({ startProfile }) => {
        const app = new Koa();
        app.keys = keys;
        const store = storage === 'memory' ? new MemoryStore() : undefined;
        app.use(session({ maxAge: 'session', absoluteMaxAge: 3_600_000, store }, app));
        app.use((ctx) => {
          // Browsers ask for an icon by themselves.
          if (ctx.path !== '/') return;
          ctx.session.views = (ctx.session.views ?? 0) + 1;
          ctx.body = `views: ${ctx.session.views}`;
        });
        const { server, url } = await listen(app, { host: '127.0.0.1', port: 0 });

        try {
          const before = await startProfile();
          const page = await before.newPage();
          await visit(page, url);
          await visit(page, url);
          const tab = await before.newPage();
          await visit(tab, url);
          await expect(tab.locator('body')).toHaveText('views: 3');
          expect(await cookieOf(before, 'koa.sess')).toMatchObject({ expires: -1 });
          await before.close();

          const after = await startProfile();
          expect(await after.cookies(url)).toEqual([]);
          const fresh = await after.newPage();
          await visit(fresh, url);
          await expect(fresh.locator('body')).toHaveText('views: 1');
          await after.close();
        } finally {
          await close(server);
        }
      },
    );
  });
}

for (const storage of allStorages) {
  test.describe(`key rotation and a browser restart, ${storage}`, () => {
    test.use({ storage });

    test(
      'a user who is logged in stays so, by a cookie that is whole',
      { tag: firstOnly(storage) },
      async ({ app, startProfile, clock }) => {
        const before = await startProfile();
        const page = await before.newPage();
        await loginPage(page).open();
        await loginPage(page).logIn();
        await expect(accountPage(page).user).toBeVisible();
        const sealedByOld = await cookieOf(before, SESSION_COOKIE);

        app.keys.unshift('a newer key of the end-to-end tests, and of nobody else');
        const response = await accountPage(page).open();
        expect([...(await setCookies(response)).keys()]).toEqual([SESSION_COOKIE]);
        const sealedByNew = await cookieOf(before, SESSION_COOKIE);
        expect(sealedByNew?.value).not.toBe(sealedByOld?.value);
        expect({ ...sealedByNew, value: '', expires: 0 }).toEqual({ ...sealedByOld, value: '', expires: 0 });
        expectAbout((sealedByNew?.expires ?? 0) * 1000, (sealedByOld?.expires ?? 0) * 1000, clock);
        await before.close();

        app.keys.splice(1);
        const after = await startProfile();
        const restored = await cookieOf(after, SESSION_COOKIE);
        expect({ ...restored, expires: 0 }).toEqual({ ...sealedByNew, expires: 0 });
        // WebKitGTK computes the expiry again when it reads its file, so it may be one second later, but no more.
        expect([0, 1]).toContain((restored?.expires ?? 0) - (sealedByNew?.expires ?? 0));
        const account = accountPage(await after.newPage());
        await account.open();
        await expect(account.user).toBeVisible();
      },
    );
  });
}
