import { MINUTE, SECOND } from '../../app-server.ts';
import { allStorages, expect, flow as test, firstOnly } from '../../fixtures.ts';
import { visit } from '../../pages.ts';
import { setCookies } from '../../session-cookies.ts';
import { exampleCookie, expectAbout, lifeOf } from '../example-cookies.ts';
import { inspector } from '../inspector.ts';

for (const storage of allStorages) {
  test.describe(`renew, ${storage}`, () => {
    test.use({ storage });

    test(
      'only a visit in the second half of its life gives a session its full life again',
      { tag: firstOnly(storage) },
      async ({ page, context, clock }) => {
        const name = exampleCookie(storage, 'renew');
        const age = page.getByTestId('age');
        const { events } = inspector(page);
        /** Visits some seconds later; returns the names of the cookies that were sent. */
        const visitAfter = async (seconds: number): Promise<string[]> => {
          clock.advance(seconds * SECOND);
          return [...(await setCookies(await visit(page, `/${storage}/renew`))).keys()];
        };
        expect(await visitAfter(0)).toEqual([name]);
        expect(await visitAfter(29)).toEqual([]);
        await expect(age).toHaveText('Your session is 29 seconds old.');
        await expect(events).toHaveCount(0);

        expect(await visitAfter(2)).toEqual([name]);
        await expect(age).toHaveText('Your session is 31 seconds old.');
        await expect(events).toHaveText(['renewed']);
        expectAbout(await lifeOf(context, name), MINUTE, clock);

        // The halves are now those of the new life: a visit in the first half does not extend it.
        expect(await visitAfter(29)).toEqual([]);
        expect(await visitAfter(32)).toEqual([name]);
        await expect(age).toHaveText('Your session has just begun.');
        await expect(events).toHaveText(['expired', 'created']);
      },
    );
  });
}
