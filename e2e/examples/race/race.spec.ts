import { expectAccessible } from '../../accessibility.ts';
import type { Page } from '../../browser.ts';
import { allStorages, expect, type Storage, test } from '../../fixtures.ts';
import { visit } from '../../pages.ts';
import { cookieOf } from '../../session-cookies.ts';
import { exampleCookie } from '../example-cookies.ts';
import { inspector } from '../inspector.ts';

const [first = 'memory'] = allStorages;

function racePage(page: Page, storage: Storage) {
  const start = page.getByRole('button', { name: 'Start the race' });
  return {
    start,
    /** How many of the changes have arrived. */
    result: page.getByRole('main').getByRole('status'),
    open: () => visit(page, `/${storage}/race`),
    /** Starts it and waits until its result is there. */
    async run(): Promise<void> {
      await start.click();
      await expect(start).toHaveAttribute('aria-disabled', 'false');
    },
    reset: () => page.getByRole('button', { name: 'Reset' }).click(),
  };
}

expectAccessible([
  {
    title: '/race with a result',
    async open(page) {
      await racePage(page, 'cookie').open();
      await racePage(page, 'cookie').run();
    },
  },
]);

for (const storage of allStorages.filter((one) => one !== 'cookie')) {
  test.describe(`race, ${storage}`, () => {
    test.use({ storage });

    test('two tabs that race at once lose nothing', async ({ page, context }) => {
      const one = racePage(page, storage);
      const other = racePage(await context.newPage(), storage);
      await one.open();
      await other.open();
      await Promise.all([one.run(), other.run()]);
      await one.open();
      await expect(one.result).toHaveText('60 of 60 increments and 60 of 60 keys arrived: nothing was lost.');
      // Only the session of the race was used.
      expect((await context.cookies()).map(({ name }) => name)).toEqual([exampleCookie(storage, 'race')]);
    });
  });
}

test('race, cookie: counts the changes that arrived, and says why the others are lost', async ({ page }) => {
  const race = racePage(page, 'cookie');
  await race.open();
  await race.run();
  await expect(race.result).toHaveText(/^\d+ of 30 increments and \d+ of 30 keys arrived: /);

  const text = (await race.result.textContent()) ?? '';
  const [increments = 0, keys = 0] = Array.from(text.matchAll(/(\d+) of 30/g), ([, count]) => Number(count));
  expect(Math.max(increments, keys)).toBeLessThanOrEqual(30);
  // The last response to arrive has at least its own change.
  expect(increments + keys).toBeGreaterThan(0);
  if (increments + keys < 60) {
    expect(text).toContain('each response carries a whole session, and the last one to arrive wins');
  }
  await expect(page.getByRole('region', { name: 'Why' })).toContainText('belongs in a store');

  // The cookie in the browser says the same.
  await race.open();
  await expect(race.result).toHaveText(text);
});

test('a race is refused if the session has no room for it, until the session is reset', async ({
  page,
  context,
  problems,
}) => {
  const name = exampleCookie(first, 'race');
  const json = { headers: { Accept: 'application/json' } };
  for (const begun of [0, 30, 60, 90, 120]) {
    const answer = await page.request.post(`/${first}/race/start`, json);
    expect(await answer.json()).toMatchObject({ first: begun, count: 30 });
  }
  problems.expect(/^409 POST /);
  const race = racePage(page, first);
  await race.open();
  await race.run();
  await expect(race.result).toHaveText('The race was not finished. The session is full. Reset it first.');

  const full = await cookieOf(context, name);
  await race.reset();
  await expect(race.result).toHaveText('Nothing was sent yet.');
  await expect(inspector(page).events).toHaveText(['destroyed', 'created']);
  expect((await cookieOf(context, name))?.value).not.toBe(full?.value);
  await race.run();
  await expect(race.result).toHaveText(/^\d+ of 30 increments and \d+ of 30 keys arrived/);
});

test.describe('without JavaScript', { tag: '@without-javascript' }, () => {
  test.use({ javaScriptEnabled: false });

  test('the race says that it needs JavaScript', async ({ page }) => {
    const race = racePage(page, first);
    await race.open();
    await expect(page.locator('noscript p')).toContainText('needs JavaScript');
    await expect(race.start).toBeHidden();
  });
});
