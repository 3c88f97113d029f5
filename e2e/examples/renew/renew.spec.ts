import { SECOND } from '../../app-server.ts';
import { allStorages, expect, flow as test, firstOnly } from '../../fixtures.ts';
import { inspector } from '../inspector.ts';
import { lifetimePage } from '../lifetime-page.ts';
import { exampleCookie, expectAbout, expiryOf } from '../example-cookies.ts';
import { cookieOf, setCookies } from '../../session-cookies.ts';

for (const storage of allStorages) {
  test.describe(`renew, ${storage}`, () => {
    test.use({ storage });

    const name = exampleCookie(storage, 'renew');

    test(
      'a visit in the first half of the life sends no cookie',
      { tag: firstOnly(storage) },
      async ({ page, context, clock }) => {
        const renew = lifetimePage(page, storage, 'renew');
        expect([...(await setCookies(await renew.visit())).keys()]).toEqual([name]);
        const cookie = await cookieOf(context, name);

        for (const [passed, age] of [
          [10, 10],
          [19, 29],
        ] as const) {
          clock.advance(passed * SECOND);
          const response = await renew.visit();
          await expect(renew.age).toHaveText(`Your session is ${age} seconds old.`);
          expect(await setCookies(response)).toEqual(new Map());
          await expect(inspector(page).events).toHaveCount(0);
        }
        expect(await cookieOf(context, name)).toEqual(cookie);
      },
    );

    test(
      'a visit in the second half gives it its full life again',
      { tag: firstOnly(storage) },
      async ({ page, context, clock }) => {
        const renew = lifetimePage(page, storage, 'renew');
        await renew.visit();
        const before = await expiryOf(context, name, clock);

        clock.advance(31 * SECOND);
        const response = await renew.visit();
        expect([...(await setCookies(response)).keys()]).toEqual([name]);
        expectAbout((await expiryOf(context, name, clock)) - before, 31 * SECOND, clock);
        await expect(renew.age).toHaveText('Your session is 31 seconds old.');
        await expect(inspector(page).events).toHaveText(['renewed']);

        // The halves are now those of the new life.
        clock.advance(29 * SECOND);
        expect(await setCookies(await renew.visit())).toEqual(new Map());
      },
    );

    test('who comes in time stays, however long', async ({ page, clock }) => {
      const renew = lifetimePage(page, storage, 'renew');
      await renew.visit();
      for (const age of [45, 90, 135]) {
        clock.advance(45 * SECOND);
        await renew.visit();
        await expect(renew.age).toHaveText(`Your session is ${age} seconds old.`);
      }
    });

    test('a visit in the first half does not put the end off', async ({ page, clock }) => {
      const renew = lifetimePage(page, storage, 'renew');
      await renew.visit();
      clock.advance(29 * SECOND);
      await renew.visit();
      clock.advance(32 * SECOND);
      await renew.visit();
      await expect(renew.age).toHaveText('Your session has just begun.');
    });

    test('an idle session ends, and what follows is another one', async ({ page, context, clock }) => {
      const renew = lifetimePage(page, storage, 'renew');
      await renew.visit();
      const old = (await cookieOf(context, name))?.value;
      clock.advance(61 * SECOND);
      await renew.visit();
      await expect(renew.age).toHaveText('Your session has just begun.');
      await expect(inspector(page).events).toHaveText(['expired', 'created']);
      expect((await cookieOf(context, name))?.value).not.toBe(old);
    });

    test('ends when it is told to', async ({ page, clock }) => {
      const renew = lifetimePage(page, storage, 'renew');
      await renew.visit();
      clock.advance(10 * SECOND);
      await renew.visit();
      await expect(renew.age).toHaveText('Your session is 10 seconds old.');
      await renew.end();
      await expect(renew.age).toHaveText('Your session has just begun.');
      await expect(page).toHaveURL(renew.path);
    });
  });
}
