import Koa from 'koa';
import { listen } from '../src/http/listen.ts';
import { MemoryStore, session } from '../src/session/index.ts';
import { close, keys } from './app-server.ts';
import { expect, storages, test } from './fixtures.ts';
import { visit } from './pages/visit.ts';
import { viewsPage } from './pages/views-page.ts';
import { cookieName, cookieOf } from './session-cookies.ts';

for (const storage of storages) {
  test.describe(`a browser restart, ${storage}`, () => {
    const name = cookieName(storage);

    test('a cookie with an end survives, and the count goes on', async ({ startProfile }) => {
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
    });

    // No page of the app has such a session, so this has an app of its own.
    test("a cookie of maxAge 'session' does not survive", async ({ startProfile }) => {
      const app = new Koa();
      app.keys = keys;
      const store = storage === 'memory' ? new MemoryStore() : undefined;
      app.use(session({ maxAge: 'session', store }, app));
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
    });
  });
}
