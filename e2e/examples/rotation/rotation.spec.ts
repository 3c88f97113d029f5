import { expectAccessible } from '../../accessibility.ts';
import type { Response } from '../../browser.ts';
import { MINUTE } from '../../app-server.ts';
import { allStorages, expect, flow as test } from '../../fixtures.ts';
import { inspector } from '../inspector.ts';
import { rotationPage } from './rotation-page.ts';
import { viewsPage } from '../views/views-page.ts';
import { exampleCookie } from '../example-cookies.ts';
import { cookieOf, copyOf, setCookies } from '../../session-cookies.ts';

expectAccessible([
  {
    title: '/rotation with a cookie that is sent again',
    async open(page) {
      const rotation = rotationPage(page, allStorages[0] ?? 'memory');
      await rotation.visit();
      await rotation.rotate();
    },
  },
]);

for (const storage of allStorages) {
  test.describe(`key rotation, ${storage}`, () => {
    test.use({ storage });

    const name = exampleCookie(storage, 'rotation');

    test('after a rotation the next response sets the cookie again with all its attributes, and later ones do not', async ({
      page,
      context,
      request,
      clock,
    }) => {
      const rotation = rotationPage(page, storage);
      const first = await rotation.visit();
      const begun = await rotation.begun.textContent();
      const before = await cookieOf(context, name);
      const oldKey = await rotation.newestKey.textContent();

      clock.advance(10 * MINUTE);
      await rotation.visit();
      await expect(rotation.cookie).toContainText('none was sent');
      // By somebody else, so that this session notices nothing of it.
      await request.post(`${rotation.path}/rotate`, { maxRedirects: 0 });

      const next = await rotation.visit();
      await expect(rotation.cookie).toContainText('The server opened it and sent it again');
      await expect(rotation.newestKey).not.toHaveText(oldKey ?? '');
      await expect(rotation.begun).toHaveText(begun ?? '');
      const after = await cookieOf(context, name);
      expect(after?.value).not.toBe(before?.value);
      expect({ ...after, value: '', expires: 0 }).toEqual({ ...before, value: '', expires: 0 });
      expect(after).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
      // The browser's own dates move with how long an answer takes.
      expect(await attributesOf(next, name)).toEqual(await attributesOf(first, name));

      expect((await setCookies(await rotation.visit())).has(name)).toBe(false);
      await expect(rotation.cookie).toContainText('none was sent');
      await expect(rotation.begun).toHaveText(begun ?? '');
    });

    test('the button rotates, and the page that follows has sent the cookie anew', async ({
      page,
      context,
    }) => {
      const rotation = rotationPage(page, storage);
      await rotation.visit();
      const begun = await rotation.begun.textContent();
      const value = (await cookieOf(context, name))?.value;

      await rotation.rotate();
      await expect(rotation.cookie).toContainText('sent it again');
      await expect(page).toHaveURL(rotation.path);
      await expect(rotation.begun).toHaveText(begun ?? '');
      await expect(inspector(page).events).toHaveText(['reissued']);
      expect((await cookieOf(context, name))?.value).not.toBe(value);
    });

    test('who visits after each rotation keeps the session, whatever their number', async ({ page }) => {
      const rotation = rotationPage(page, storage);
      await rotation.visit();
      const begun = await rotation.begun.textContent();
      const seen = new Set([await rotation.newestKey.textContent()]);
      for (let count = 0; count < 5; count++) {
        await rotation.rotate();
        await expect(rotation.cookie).toContainText('sent it again');
        await expect(rotation.begun).toHaveText(begun ?? '');
        seen.add(await rotation.newestKey.textContent());
      }
      expect(seen.size).toBe(6);
      await expect(rotation.keys).toHaveText('3');
    });

    test('a copy of the cookie opens after one rotation, and nothing after three more', async ({
      page,
      context,
      anotherBrowser,
      clock,
    }) => {
      const rotation = rotationPage(page, storage);
      await rotation.visit();
      const begun = (await rotation.begun.textContent()) ?? '';
      const old = await copyOf(context, name);
      clock.advance(MINUTE);
      await rotation.rotate();
      await expect(rotation.cookie).toContainText('sent it again');

      const another = await anotherBrowser();
      await another.addCookies(old);
      const theirPage = await another.newPage();
      const theirs = rotationPage(theirPage, storage);
      await theirs.visit();
      await expect(theirs.cookie).toContainText('The server opened it and sent it again');
      await expect(theirs.begun).toHaveText(begun);

      for (let count = 0; count < 3; count++) await rotation.rotate();
      await another.addCookies(old);
      await theirs.visit();
      await expect(theirs.cookie).toContainText('A new session has begun.');
      await expect(theirs.begun).not.toHaveText(begun);
      await expect(inspector(theirPage).events).toHaveText(['created']);
      // Whose cookie was renewed all the time is still in.
      await rotation.visit();
      await expect(rotation.begun).toHaveText(begun);
    });

    test('concerns no other session', async ({ page, context }) => {
      const views = viewsPage(page, storage);
      await views.open();
      const before = await cookieOf(context, exampleCookie(storage));
      const rotation = rotationPage(page, storage);
      await rotation.visit();
      for (let count = 0; count < 4; count++) await rotation.rotate();
      expect((await cookieOf(context, exampleCookie(storage)))?.value).toBe(before?.value);
      await views.open();
      await expect(views.count).toHaveText('2');
    });

    test('shows a label of the newest key and no key', async ({ page, request }) => {
      const rotation = rotationPage(page, storage);
      await rotation.visit();
      await expect(rotation.newestKey).toHaveText(/^[0-9a-f]{8}$/);
      const json = { headers: { Accept: 'application/json' } };
      const text = await (await request.post(`${rotation.path}/rotate`, json)).text();
      // 32 random bytes as base64url are 43 characters.
      expect(text).not.toMatch(/[\w-]{43}/);
      expect(await page.getByRole('main').textContent()).not.toMatch(/[\w-]{43}/);
    });
  });
}

/** The `Set-Cookie` line of a cookie without its value. */
async function attributesOf(response: Response, name: string): Promise<string> {
  const lines = (await response.headerValues('set-cookie')).flatMap((value) => value.split('\n'));
  const line = lines.find((one) => one.startsWith(`${name}=`));
  if (line === undefined) throw new Error(`The response does not set ${name}.`);
  // What is left until the end, which is in Expires too.
  return line.slice(line.indexOf(';')).replace(/; max-age=\d+/, '');
}
