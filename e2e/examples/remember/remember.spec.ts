import { expectAccessible } from '../../accessibility.ts';
import { LONG_LIFE } from '../../../src/examples/remember/route.ts';
import { DAY, MINUTE, SECOND } from '../../app-server.ts';
import type { Page } from '../../browser.ts';
import { allStorages, expect, type Storage, test } from '../../fixtures.ts';
import { visit } from '../../pages.ts';
import { cookieOf, setCookies } from '../../session-cookies.ts';
import { exampleCookie, expectAbout, lifeOf } from '../example-cookies.ts';
import { inspector } from '../inspector.ts';

function rememberPage(page: Page, storage: Storage) {
  const start = page.getByRole('button', { name: 'Start a session' });
  const choice = page.getByTestId('choice');
  const open = () => visit(page, `/${storage}/remember`);
  return {
    /** Shown if there is no session. */
    start,
    /** 'You chose to be remembered for …' or 'You chose not to be remembered.' */
    choice,
    /** The moment at which the session ends, as a `<time>`. */
    end: page.getByTestId('end').getByRole('time'),
    open,
    /** Opens the page and starts a session there. */
    async begin({ isRemembered }: { isRemembered: boolean }): Promise<void> {
      await open();
      await page.getByRole('checkbox', { name: /^Remember me for/ }).setChecked(isRemembered);
      await start.click();
      await choice.waitFor();
    },
    endSession: () => page.getByRole('button', { name: 'End this session' }).click(),
  };
}

expectAccessible([
  {
    title: '/remember with a session that is remembered',
    open: (page) => rememberPage(page, allStorages[0] ?? 'memory').begin({ isRemembered: true }),
  },
]);

for (const storage of allStorages) {
  test.describe(`remember me, ${storage}`, () => {
    test.use({ storage });

    const name = exampleCookie(storage, 'remember');

    test('without it a session ends a minute after the last visit', async ({ page, context, clock }) => {
      const remember = rememberPage(page, storage);
      await remember.begin({ isRemembered: false });
      await expect(remember.choice).toHaveText('You chose not to be remembered.');
      for (const away of [40, 40]) {
        clock.advance(away * SECOND);
        await remember.open();
        await expect(remember.choice).toBeVisible();
        expectAbout(await lifeOf(context, name), MINUTE, clock);
      }
      clock.advance(61 * SECOND);
      await remember.open();
      await expect(remember.start).toBeVisible();
      await expect(inspector(page).events).toHaveText(['expired']);
    });

    test('with it no visit moves the end past the absolute end', async ({ page, context, clock }) => {
      const remember = rememberPage(page, storage);
      await remember.begin({ isRemembered: true });
      const begun = clock.now();
      const end = 30 * DAY;
      for (const age of [MINUTE + SECOND, 13 * DAY, 26 * DAY]) {
        clock.advance(begun + age - clock.now());
        await remember.open();
        await expect(remember.choice).toContainText('You chose to be remembered for');
        expectAbout(await lifeOf(context, name), Math.min(LONG_LIFE, end - age), clock);
        const shown = Date.parse((await remember.end.getAttribute('datetime')) ?? '');
        expectAbout(shown - clock.now(), Math.min(LONG_LIFE, end - age), clock);
      }
      clock.advance(begun + 29 * DAY - clock.now());
      expect(await setCookies(await remember.open())).toEqual(new Map());
      await expect(remember.choice).toBeVisible();
      clock.advance(begun + end + SECOND - clock.now());
      await remember.open();
      await expect(remember.start).toBeVisible();
      await expect(inspector(page).events).toHaveText(['expired']);
    });

    test('the choice belongs to one session alone', async ({ page, context, clock }) => {
      const remember = rememberPage(page, storage);
      await remember.begin({ isRemembered: true });
      expectAbout(await lifeOf(context, name), LONG_LIFE, clock);
      await remember.endSession();
      await expect(remember.start).toBeVisible();
      expect(await cookieOf(context, name)).toBeUndefined();
      await remember.begin({ isRemembered: false });
      expectAbout(await lifeOf(context, name), MINUTE, clock);
    });
  });
}
