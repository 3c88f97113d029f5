import { DAY, MINUTE, SECOND } from '../app-server.ts';
import { expect, storages, test } from '../fixtures.ts';
import { flashPage } from './flash/flash-page.ts';
import { inspector } from './inspector.ts';
import { lifetimePage } from './lifetime-page.ts';
import { accountPage, loginPage } from '../pages.ts';
import { viewsPage } from './views/views-page.ts';
import { exampleCookie } from './example-cookies.ts';
import { fullName } from '../session-cookies.ts';

const labels = { memory: 'Memory', cookie: 'Cookie', redis: 'Redis' };

for (const storage of storages) {
  test.describe(`the inspector, ${storage}`, () => {
    test.use({ storage });

    const name = exampleCookie(storage);

    test('shows the session, where it is, and why its cookie was sent', async ({ page, clock }) => {
      const shown = inspector(page);
      await viewsPage(page, storage).open();
      await expect(shown.tags).toHaveText([labels[storage], 'new']);
      await expect(shown.data).toContainText('"views": 1');
      await expect(shown.events).toHaveText(['created']);
      await expect(shown.setCookie).toContainText('The session is new and its cookie was sent: ');
      await expect(shown.cookie(name)).toContainText('Secure not set');
      for (const attribute of ['path=/', 'expires=', 'max-age=', 'samesite=lax', 'httponly']) {
        await expect(shown.cookie(name).locator('.attributes')).toContainText(attribute);
      }

      clock.advance(SECOND);
      await viewsPage(page, storage).open();
      await expect(shown.tags).toHaveText([labels[storage], 'existing']);
      await expect(shown.data).toContainText('"views": 2');
      await expect(shown.events).toHaveText(['saved']);
      await expect(shown.setCookie).toContainText(
        'The session was saved and its cookie sent again: its data have changed.',
      );
      const earlier = new RegExp(`/${storage}/views created; sent ${name}`);
      await expect(shown.log.getByRole('listitem')).toHaveText([earlier]);
    });

    test('tells what the redirect before the page did', async ({ page }) => {
      await loginPage(page).open();
      await expect(inspector(page).tags).toHaveText([labels[storage], 'no session']);
      await loginPage(page).logIn();
      await expect(inspector(page).root).toContainText(`regenerate() was called (POST /login)`);
      await accountPage(page).logOut();
      await expect(inspector(page).events).toHaveText(['destroyed']);
      await expect(inspector(page).root).toContainText(`from the browser: it was set to null (POST /logout)`);
      await expect(inspector(page).tags).toHaveText([labels[storage], 'no session']);
    });

    test('counts down to the end and says when it has come', async ({ page, clock }) => {
      const shown = inspector(page);
      await lifetimePage(page, storage, 'rolling').visit();
      await expect(shown.countdown).toHaveText(/^00:0[01]:\d\d$/);
      const [minutes, seconds] = ((await shown.countdown.textContent()) ?? '')
        .split(':')
        .slice(1)
        .map(Number);
      const left = ((minutes ?? 0) * 60 + (seconds ?? 0)) * SECOND;
      expect(left).toBeLessThanOrEqual(MINUTE);
      expect(left).toBeGreaterThan(MINUTE - SECOND - clock.sinceStart());

      // The flash page leaves a session alone, so that its last seconds can be watched on the browser's clock.
      await viewsPage(page, storage).open();
      clock.advance(DAY - 3 * SECOND);
      await flashPage(page, storage).open();
      await expect(shown.tags).toHaveText([labels[storage], 'existing']);
      await expect(shown.countdown).toHaveText(/^00:00:0[0-3]$/);
      await expect(shown.root.getByRole('status')).toContainText('Expired.');
      await expect(shown.countdown).toHaveText('00:00:00');
      clock.advance(4 * SECOND);
      await page.reload();
      await expect(shown.tags).toHaveText([labels[storage], 'no session']);
    });

    test('believes no cookie that the app has not signed', async ({ page, context, baseURL }) => {
      const event = { name: 'created', reason: 'made up', redirect: 'POST /made-up' };
      const value = Buffer.from(JSON.stringify([event])).toString('base64url');
      await context.addCookies([{ name: fullName('inspector'), value, url: baseURL ?? '' }]);
      await viewsPage(page, storage).open();
      await expect(inspector(page).events).toHaveText(['created']);
      await expect(inspector(page).root).not.toContainText('made up');
    });
  });
}
