import { MINUTE, SECOND } from '../../app-server.ts';
import { allStorages, expect, flow as test, firstOnly } from '../../fixtures.ts';
import { visit } from '../../pages.ts';
import { cookieOf, copyOf, setCookies } from '../../session-cookies.ts';
import { exampleCookie, expectAbout, lifeOf } from '../example-cookies.ts';
import { inspector } from '../inspector.ts';

for (const storage of allStorages) {
  test.describe(`rolling, ${storage}`, () => {
    test.use({ storage });

    const name = exampleCookie(storage, 'rolling');
    const path = `/${storage}/rolling`;

    test(
      'every response moves the end of the cookie, until the session is ended',
      { tag: firstOnly(storage) },
      async ({ page, context, clock }) => {
        const age = page.getByTestId('age');
        await visit(page, path);
        await expect(age).toHaveText('Your session has just begun.');
        for (const seconds of [40, 80]) {
          clock.advance(40 * SECOND);
          const response = await visit(page, path);
          expect([...(await setCookies(response)).keys()]).toEqual([name]);
          expectAbout(await lifeOf(context, name), MINUTE, clock);
          await expect(age).toHaveText(`Your session is ${seconds} seconds old.`);
          await expect(inspector(page).events).toHaveText(['renewed']);
        }

        const old = await cookieOf(context, name);
        await page.getByRole('button', { name: 'End this session' }).click();
        await expect(age).toHaveText('Your session has just begun.');
        await expect(page).toHaveURL(path);
        expect((await cookieOf(context, name))?.value).not.toBe(old?.value);
      },
    );

    test('an idle session ends, and the next visit begins another', async ({ page, context, clock }) => {
      const age = page.getByTestId('age');
      await visit(page, path);
      const old = await copyOf(context, name);
      clock.advance(61 * SECOND);

      // The browser's clock has not moved, so it still sends the cookie.
      const response = await visit(page, path);
      expect((await response.request().allHeaders())['cookie']).toContain(`${name}=`);
      await expect(age).toHaveText('Your session has just begun.');
      await expect(inspector(page).events).toHaveText(['expired', 'created']);
      expect((await cookieOf(context, name))?.value).not.toBe(old[0]?.value);

      // The old session does not come back when its cookie is sent again.
      await context.addCookies(old);
      await visit(page, path);
      await expect(age).toHaveText('Your session has just begun.');
    });
  });
}
