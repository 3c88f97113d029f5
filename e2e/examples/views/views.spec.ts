import { allStorages, expect, flow as test, firstOnly } from '../../fixtures.ts';
import { inspector } from '../inspector.ts';
import { viewsPage } from './views-page.ts';
import { exampleCookie } from '../example-cookies.ts';
import { cookieOf, copyOf, setCookies } from '../../session-cookies.ts';

for (const storage of allStorages) {
  test.describe(`page views, ${storage}`, () => {
    test.use({ storage });

    const name = exampleCookie(storage);

    test('count on with every reload', { tag: firstOnly(storage) }, async ({ page }) => {
      const views = viewsPage(page, storage);
      await views.open();
      await expect(views.count).toHaveText('1');
      await page.reload();
      await expect(views.count).toHaveText('2');
      await views.lookAgain();
      await expect(views.count).toHaveText('3');
    });

    test(
      'count on across the tabs of one browser',
      { tag: firstOnly(storage) },
      async ({ page, context }) => {
        const first = viewsPage(page, storage);
        const second = viewsPage(await context.newPage(), storage);
        await first.open();
        await second.open();
        await expect(second.count).toHaveText('2');
        await first.lookAgain();
        await expect(first.count).toHaveText('3');
      },
    );

    test('are counted for each browser by itself', async ({ page, anotherBrowser }) => {
      const mine = viewsPage(page, storage);
      const theirs = viewsPage(await (await anotherBrowser()).newPage(), storage);
      await mine.open();
      await mine.open();
      await theirs.open();
      await expect(theirs.count).toHaveText('1');
      await mine.open();
      await expect(mine.count).toHaveText('3');
      await theirs.open();
      await expect(theirs.count).toHaveText('2');
    });

    test('are counted for each storage by itself', async ({ page }) => {
      const here = viewsPage(page, storage);
      await here.open();
      await here.open();
      const there = viewsPage(page, storage === 'cookie' ? 'memory' : 'cookie');
      await there.open();
      await expect(there.count).toHaveText('1');
      await here.open();
      await expect(here.count).toHaveText('3');
    });

    test(
      'start at one when the session was ended',
      { tag: firstOnly(storage) },
      async ({ page, context }) => {
        const views = viewsPage(page, storage);
        await views.open();
        await views.open();
        const ended = await cookieOf(context, name);

        await views.end();
        await expect(views.count).toHaveText('1');
        await expect(inspector(page).events).toHaveText(['destroyed', 'created']);
        expect((await cookieOf(context, name))?.value).not.toBe(ended?.value);
      },
    );

    test('without its cookies a browser is a new one', async ({ page, context }) => {
      const views = viewsPage(page, storage);
      await views.open();
      await context.clearCookies();
      await views.open();
      await expect(views.count).toHaveText('1');
    });

    test('speak JSON too', async ({ request }) => {
      const json = { headers: { Accept: 'application/json' } };
      const path = `/${storage}/views`;
      for (const views of [1, 2, 3]) {
        const response = await request.get(path, json);
        expect(response.headers()['content-type']).toContain('application/json');
        expect(await response.json()).toMatchObject({ views, inspector: { storage, data: { views } } });
      }
      expect(await (await request.post(`${path}/end`, json)).json()).toEqual({ ended: true, next: path });
      expect(await (await request.get(path, json)).json()).toMatchObject({ views: 1 });
    });

    test('pages outside the examples set no cookie', async ({ page, context }) => {
      const response = await page.goto('/');
      expect(response && (await setCookies(response))).toEqual(new Map());
      expect(await context.cookies()).toEqual([]);
    });
  });
}

test('page views, memory: the id of an ended session opens nothing', async ({ page, context }) => {
  const views = viewsPage(page, 'memory');
  await views.open();
  await views.open();
  const ended = await copyOf(context, exampleCookie('memory'));
  await views.end();
  await expect(views.count).toHaveText('1');

  await context.addCookies(ended);
  await views.open();
  await expect(views.count).toHaveText('1');
  await expect(inspector(page).events).toHaveText(['missed', 'created']);
  expect((await cookieOf(context, exampleCookie('memory')))?.value).not.toBe(ended[0]?.value);
});
