import type { Page } from '../../browser.ts';
import { allStorages, expect, flow as test, firstOnly, type Storage } from '../../fixtures.ts';
import { visit } from '../../pages.ts';
import { cookieOf, copyOf } from '../../session-cookies.ts';
import { exampleCookie } from '../example-cookies.ts';
import { inspector } from '../inspector.ts';

function viewsPage(page: Page, storage: Storage) {
  return {
    count: page.getByTestId('views'),
    open: () => visit(page, `/${storage}/views`),
    lookAgain: () => page.getByRole('link', { name: 'Look again' }).click(),
    end: () => page.getByRole('button', { name: 'End this session' }).click(),
  };
}

for (const storage of allStorages) {
  test.describe(`page views, ${storage}`, () => {
    test.use({ storage });

    test('count across the tabs of one browser', { tag: firstOnly(storage) }, async ({ page, context }) => {
      const first = viewsPage(page, storage);
      const second = viewsPage(await context.newPage(), storage);
      await first.open();
      await expect(first.count).toHaveText('1');
      await page.reload();
      await expect(first.count).toHaveText('2');
      await second.open();
      await expect(second.count).toHaveText('3');
      await first.lookAgain();
      await expect(first.count).toHaveText('4');
    });

    test('are counted separately for each browser and each storage', async ({ page, anotherBrowser }) => {
      const mine = viewsPage(page, storage);
      const elsewhere = viewsPage(page, storage === 'cookie' ? 'memory' : 'cookie');
      const theirs = viewsPage(await (await anotherBrowser()).newPage(), storage);
      await mine.open();
      await elsewhere.open();
      await expect(elsewhere.count).toHaveText('1');
      await theirs.open();
      await expect(theirs.count).toHaveText('1');
      await mine.open();
      await expect(mine.count).toHaveText('2');
    });

    test(
      'start at one after the session is ended, and its old cookie opens nothing',
      { tag: firstOnly(storage) },
      async ({ page, context }) => {
        const views = viewsPage(page, storage);
        await views.open();
        await views.open();
        const ended = await copyOf(context, exampleCookie(storage));
        await views.end();
        await expect(views.count).toHaveText('1');
        await expect(inspector(page).events).toHaveText(['destroyed', 'created']);

        await context.addCookies(ended);
        await views.open();
        await expect(views.count).toHaveText('1');
        expect((await cookieOf(context, exampleCookie(storage)))?.value).not.toBe(ended[0]?.value);
      },
    );
  });
}
