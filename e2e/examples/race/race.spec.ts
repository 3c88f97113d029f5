import { expectAccessible } from '../../accessibility.ts';
import { expect, storages, test } from '../../fixtures.ts';
import { inspector } from '../inspector.ts';
import { racePage } from './race-page.ts';
import { viewsPage } from '../views/views-page.ts';
import { exampleCookie } from '../example-cookies.ts';
import { cookieOf } from '../../session-cookies.ts';

expectAccessible(
  storages.map((storage) => ({
    title: `/race with a result, ${storage}`,
    async open(page) {
      const race = racePage(page, storage);
      await race.open();
      await race.run();
    },
  })),
);

test.describe('race, memory', () => {
  test('all increments and all keys of one race are there', async ({ page }) => {
    const race = racePage(page, 'memory');
    await race.open();
    await race.run();
    await expect(race.result).toHaveText('30 of 30 increments and 30 of 30 keys arrived: nothing was lost.');
  });

  test('those of a second race are added to them', async ({ page }) => {
    const race = racePage(page, 'memory');
    await race.open();
    await race.run();
    await race.run();
    await expect(race.result).toHaveText('60 of 60 increments and 60 of 60 keys arrived: nothing was lost.');
  });

  test('two tabs that race at once lose nothing', async ({ page, context }) => {
    const first = racePage(page, 'memory');
    const second = racePage(await context.newPage(), 'memory');
    await first.open();
    await second.open();
    await Promise.all([first.run(), second.run()]);
    await first.open();
    await expect(first.result).toHaveText('60 of 60 increments and 60 of 60 keys arrived: nothing was lost.');
  });
});

test.describe('race, cookie', () => {
  test('counts what has arrived, and says why the rest is lost', async ({ page }) => {
    const race = racePage(page, 'cookie');
    await race.open();
    await race.run();
    await expect(race.result).toHaveText(/^\d+ of 30 increments and \d+ of 30 keys arrived: /);

    const text = (await race.result.textContent()) ?? '';
    const [increments, keys] = [...text.matchAll(/(\d+) of 30/g)].map(([, count]) => Number(count));
    expect(increments).toBeLessThanOrEqual(30);
    expect(keys).toBeLessThanOrEqual(30);
    // The last to arrive has brought at least its own.
    expect(Number(increments) + Number(keys)).toBeGreaterThan(0);
    if (text !== '30 of 30 increments and 30 of 30 keys arrived: nothing was lost.') {
      expect(text).toContain('each response carries a whole session, and the last one to arrive wins');
    }
    await expect(page.getByRole('region', { name: 'Why' })).toContainText('belongs in a store');

    // It is what the browser really holds.
    await race.open();
    await expect(race.result).toHaveText(text);
  });
});

for (const storage of storages) {
  test.describe(`race, ${storage}`, () => {
    test.use({ storage });

    test('begins anew after a reset', async ({ page, context }) => {
      const race = racePage(page, storage);
      await race.open();
      await race.run();
      const before = await cookieOf(context, exampleCookie(storage, 'race'));
      await race.reset();
      await expect(race.result).toHaveText('Nothing was sent yet.');
      await expect(inspector(page).events).toHaveText(['destroyed', 'created']);
      expect((await cookieOf(context, exampleCookie(storage, 'race')))?.value).not.toBe(before?.value);

      await race.run();
      await expect(race.result).toHaveText(/ of 30 increments and \d+ of 30 keys arrived/);
    });

    test('refuses a race that the session has no room for, and says what to do', async ({
      page,
      request,
      problems,
    }) => {
      const start = `/${storage}/race/start`;
      const json = { headers: { Accept: 'application/json' } };
      for (const first of [0, 30, 60, 90, 120]) {
        expect(await (await request.post(start, json)).json()).toMatchObject({ first, count: 30 });
      }
      const refused = await request.post(start, json);
      expect(refused.status()).toBe(409);

      problems.expect(/^409 POST /);
      await page.context().addCookies((await request.storageState()).cookies);
      const race = racePage(page, storage);
      await race.open();
      await race.run();
      await expect(race.result).toHaveText('The race was not finished. The session is full. Reset it first.');
    });

    test('disturbs no other session', async ({ page }) => {
      const views = viewsPage(page, storage);
      await views.open();
      const race = racePage(page, storage);
      await race.open();
      await race.run();
      await views.open();
      await expect(views.count).toHaveText('2');
      await expect(inspector(page).data).not.toContainText('race');
    });

    test(
      'says without JavaScript that it needs it',
      { tag: '@without-javascript' },
      async ({ anotherBrowser }) => {
        const page = await (await anotherBrowser({ javaScriptEnabled: false })).newPage();
        const race = racePage(page, storage);
        await race.open();
        await expect(page.locator('noscript p')).toBeVisible();
        await expect(page.locator('noscript p')).toContainText('takes JavaScript');
        await expect(race.start).toBeHidden();
      },
    );
  });
}
