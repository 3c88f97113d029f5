import { MINUTE, SECOND } from '../../app-server.ts';
import { allStorages, expect, flow as test, storages, firstOnly } from '../../fixtures.ts';
import { inspector } from '../inspector.ts';
import { lifetimePage } from '../lifetime-page.ts';
import { visit } from '../../pages.ts';
import { exampleCookie, expectAbout, expiryOf } from '../example-cookies.ts';
import { cookieOf, copyOf, setCookies } from '../../session-cookies.ts';

for (const storage of allStorages) {
  test.describe(`rolling, ${storage}`, () => {
    test.use({ storage });

    const name = exampleCookie(storage, 'rolling');

    test(
      'every response moves the end of the cookie',
      { tag: firstOnly(storage) },
      async ({ page, context, clock }) => {
        const rolling = lifetimePage(page, storage, 'rolling');
        await rolling.visit();
        await expect(rolling.age).toHaveText('Your session has just begun.');

        for (const age of [20, 40, 60, 80]) {
          const before = await expiryOf(context, name, clock);
          clock.advance(20 * SECOND);
          const response = await rolling.visit();
          expect([...(await setCookies(response)).keys()]).toEqual([name]);
          expectAbout((await expiryOf(context, name, clock)) - before, 20 * SECOND, clock);
          await expect(rolling.age).toHaveText(`Your session is ${age} seconds old.`);
          await expect(inspector(page).events).toHaveText(['renewed']);
        }
      },
    );

    test('who keeps coming stays, however long', async ({ page, clock }) => {
      const rolling = lifetimePage(page, storage, 'rolling');
      await rolling.visit();
      for (const age of [59, 118, 177]) {
        clock.advance(59 * SECOND);
        await rolling.visit();
        await expect(rolling.age).toHaveText(`Your session is ${age} seconds old.`);
      }
    });

    test('an idle session ends, and what follows is another one', async ({ page, context, clock }) => {
      const rolling = lifetimePage(page, storage, 'rolling');
      await rolling.visit();
      const old = await copyOf(context, name);
      clock.advance(61 * SECOND);

      // The browser, whose clock has not moved, still sends the cookie.
      const response = await rolling.visit();
      expect((await response.request().allHeaders())['cookie']).toContain(`${name}=`);
      await expect(rolling.age).toHaveText('Your session has just begun.');
      await expect(inspector(page).events).toHaveText(['expired', 'created']);
      expect((await cookieOf(context, name))?.value).not.toBe(old[0]?.value);

      // Neither does the old one come back when it is sent again.
      await context.addCookies(old);
      await rolling.visit();
      await expect(rolling.age).toHaveText('Your session has just begun.');
    });

    test('ends when it is told to', async ({ page, context, clock }) => {
      const rolling = lifetimePage(page, storage, 'rolling');
      await rolling.visit();
      clock.advance(10 * SECOND);
      await rolling.visit();
      await expect(rolling.age).toHaveText('Your session is 10 seconds old.');
      const old = (await cookieOf(context, name))?.value;

      await rolling.end();
      await expect(rolling.age).toHaveText('Your session has just begun.');
      await expect(page).toHaveURL(rolling.path);
      expect((await cookieOf(context, name))?.value).not.toBe(old);
    });
  });
}

// It counts Max-Age on its own clock, which nobody moves here: this takes a minute.
test('the browser itself drops the cookie when its time is over', { tag: '@engines' }, async ({ page }) => {
  const [storage = 'memory'] = storages;
  const rolling = lifetimePage(page, storage, 'rolling');
  const sentNow = async () => (await (await visit(page, '/')).request().allHeaders())['cookie'];
  await rolling.visit();
  expect(await sentNow()).toContain(`${exampleCookie(storage, 'rolling')}=`);

  // By what it sends, since Firefox still lists what it sends no more.
  await expect.poll(sentNow, { timeout: 1.5 * MINUTE }).toBeUndefined();
  await rolling.visit();
  await expect(rolling.age).toHaveText('Your session has just begun.');
});
