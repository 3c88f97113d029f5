import { expectAccessible } from '../../accessibility.ts';
import { LONG_LIFE } from '../../../src/examples/remember/pages.ts';
import { DAY, MINUTE, SECOND } from '../../app-server.ts';
import { allStorages, expect } from '../../fixtures.ts';
import { inspector } from '../inspector.ts';
import { rememberPage } from './remember-page.ts';
import { exampleCookie, expectAbout, expiryOf } from '../example-cookies.ts';
import { test } from '../restarts.ts';
import { cookieOf } from '../../session-cookies.ts';

expectAccessible([
  {
    title: '/remember with a session that is kept',
    open: (page) => rememberPage(page, allStorages[0] ?? 'memory').begin({ isRemembered: true }),
  },
]);

for (const storage of allStorages) {
  test.describe(`remember me, ${storage}`, () => {
    test.use({ storage });

    const name = exampleCookie(storage, 'remember');

    test('without it the cookie lives for a minute after the last visit', async ({
      page,
      context,
      clock,
    }) => {
      const remember = rememberPage(page, storage);
      await remember.begin({ isRemembered: false });
      await expect(remember.choice).toHaveText('You chose not to be kept.');
      expectAbout((await expiryOf(context, name, clock)) - clock.now(), MINUTE, clock);

      clock.advance(40 * SECOND);
      await remember.visit();
      await expect(remember.choice).toBeVisible();
      expectAbout((await expiryOf(context, name, clock)) - clock.now(), MINUTE, clock);
    });

    test('without it the session has ended after a minute', async ({ page, context, clock }) => {
      const remember = rememberPage(page, storage);
      await remember.begin({ isRemembered: false });
      // The browser, whose clock has not moved, still sends the cookie.
      expect(await cookieOf(context, name)).toBeDefined();
      clock.advance(61 * SECOND);
      await remember.visit();
      await expect(remember.start).toBeVisible();
      await expect(inspector(page).events).toHaveText(['expired']);
    });

    test('with it each visit gives the cookie its long life again', async ({ page, context, clock }) => {
      const remember = rememberPage(page, storage);
      await remember.begin({ isRemembered: true });
      await expect(remember.choice).toContainText('You chose to be kept for');
      expectAbout((await expiryOf(context, name, clock)) - clock.now(), LONG_LIFE, clock);

      for (const away of [61 * SECOND, 3 * DAY, 10 * DAY]) {
        clock.advance(away);
        await remember.visit();
        await expect(remember.choice).toContainText('You chose to be kept for');
        expectAbout((await expiryOf(context, name, clock)) - clock.now(), LONG_LIFE, clock);
      }
    });

    test('with it the session has ended after that time without a visit', async ({ page, clock }) => {
      const remember = rememberPage(page, storage);
      await remember.begin({ isRemembered: true });
      clock.advance(LONG_LIFE + SECOND);
      await remember.visit();
      await expect(remember.start).toBeVisible();
      await expect(inspector(page).events).toHaveText(['expired']);
    });

    test('with it no visit moves the end behind the absolute one', async ({ page, context, clock }) => {
      const remember = rememberPage(page, storage);
      await remember.begin({ isRemembered: true });
      const begun = clock.now();
      for (const away of [13, 26]) {
        clock.advance(begun + away * DAY - clock.now());
        await remember.visit();
        await expect(remember.choice).toBeVisible();
      }
      expectAbout((await expiryOf(context, name, clock)) - begun, 30 * DAY, clock);
      const last = await cookieOf(context, name);
      clock.advance(begun + 29 * DAY - clock.now());
      await remember.visit();
      await expect(remember.choice).toBeVisible();
      expect((await cookieOf(context, name))?.expires).toBe(last?.expires);
      clock.advance(begun + 30 * DAY + SECOND - clock.now());
      await remember.visit();
      await expect(remember.start).toBeVisible();
    });

    test('the page names the end that the cookie has', async ({ page, context, clock }) => {
      const remember = rememberPage(page, storage);
      for (const isRemembered of [false, true]) {
        await remember.begin({ isRemembered });
        clock.advance(5 * SECOND);
        await remember.visit();
        const end = Date.parse((await remember.end.getAttribute('datetime')) ?? '');
        expectAbout((await expiryOf(context, name, clock)) - end, 0, clock);
        await remember.endSession();
        await expect(remember.start).toBeVisible();
      }
    });

    test('who chose to be kept can choose otherwise the next time', async ({ page, context, clock }) => {
      const remember = rememberPage(page, storage);
      await remember.begin({ isRemembered: true });
      await remember.endSession();
      await expect(remember.start).toBeVisible();
      expect(await cookieOf(context, name)).toBeUndefined();

      await remember.begin({ isRemembered: false });
      await expect(remember.choice).toHaveText('You chose not to be kept.');
      expectAbout((await expiryOf(context, name, clock)) - clock.now(), MINUTE, clock);
    });

    test('the choice belongs to one session alone', async ({ page, anotherBrowser, clock }) => {
      await rememberPage(page, storage).begin({ isRemembered: true });
      const context = await anotherBrowser();
      const theirs = rememberPage(await context.newPage(), storage);
      await theirs.begin({ isRemembered: false });
      expectAbout((await expiryOf(context, name, clock)) - clock.now(), MINUTE, clock);
    });

    test('with it a browser that was restarted still has the session', async ({ startProfile, clock }) => {
      const before = await startProfile();
      await rememberPage(await before.newPage(), storage).begin({ isRemembered: true });
      const cookie = await cookieOf(before, name);
      await before.close();

      clock.advance(2 * DAY);
      const after = await startProfile();
      expect(await cookieOf(after, name)).toMatchObject({ value: cookie?.value, expires: cookie?.expires });
      const again = rememberPage(await after.newPage(), storage);
      await again.visit();
      await expect(again.choice).toContainText('You chose to be kept for');
      expectAbout((await expiryOf(after, name, clock)) - clock.now(), LONG_LIFE, clock);
    });
  });
}
