import { DAY, SECOND } from '../app-server.ts';
import { expect, storages, test } from '../fixtures.ts';
import { accountPage, countPage, loginPage, visit } from '../pages.ts';
import { SESSION_COOKIE } from '../session-cookies.ts';
import { inspector } from './inspector.ts';

const labels = { memory: 'Memory', cookie: 'Cookie', redis: 'Redis' };

for (const storage of storages) {
  test.describe(`the inspector, ${storage}`, () => {
    test.use({ storage });

    test('shows the session, where it lives, and why its cookie was sent', async ({ page, clock }) => {
      const shown = inspector(page);
      await countPage(page).open();
      await expect(shown.tags).toHaveText([labels[storage], 'new']);
      await expect(shown.data).toContainText('"count": 1');
      await expect(shown.events).toHaveText(['created']);
      await expect(shown.setCookie).toContainText('The session is new and its cookie was sent: ');
      await expect(shown.cookie(SESSION_COOKIE)).toContainText('Secure not set');
      for (const attribute of ['path=/', 'expires=', 'max-age=', 'samesite=lax', 'httponly']) {
        await expect(shown.cookie(SESSION_COOKIE).locator('.attributes')).toContainText(attribute);
      }

      clock.advance(SECOND);
      await countPage(page).open();
      await expect(shown.tags).toHaveText([labels[storage], 'existing']);
      await expect(shown.data).toContainText('"count": 2');
      await expect(shown.events).toHaveText(['saved']);
      await expect(shown.setCookie).toContainText(
        'The session was saved and its cookie sent again: its data have changed.',
      );
      const earlier = new RegExp(`/count created; sent ${SESSION_COOKIE}`);
      await expect(shown.log.getByRole('listitem')).toHaveText([earlier]);
    });

    test('shows what the redirect before the page did', async ({ page }) => {
      const shown = inspector(page);
      await loginPage(page).open();
      await expect(shown.tags).toHaveText([labels[storage], 'no session']);
      await loginPage(page).logIn();
      await expect(shown.root).toContainText('regenerate() was called (POST /login)');
      await accountPage(page).logOut();
      await expect(shown.events).toHaveText(['destroyed']);
      await expect(shown.root).toContainText('from the browser: it was set to null (POST /logout)');
      await expect(shown.tags).toHaveText([labels[storage], 'no session']);
    });

    test('counts down to the end and says when it has come', async ({ page, clock }) => {
      const shown = inspector(page);
      await countPage(page).open();
      await expect(shown.countdown).toHaveText(/^2[34]:\d\d:\d\d$/);
      // The start page does not change the session, so its last seconds pass on the browser's clock.
      clock.advance(DAY - 3 * SECOND);
      await visit(page, '/');
      await expect(shown.tags).toHaveText([labels[storage], 'existing']);
      await expect(shown.countdown).toHaveText(/^00:00:0[0-3]$/);
      await expect(shown.root.getByRole('status')).toContainText('Expired.');
      await expect(shown.countdown).toHaveText('00:00:00');
      clock.advance(4 * SECOND);
      await page.reload();
      await expect(shown.tags).toHaveText([labels[storage], 'no session']);
    });
  });
}
