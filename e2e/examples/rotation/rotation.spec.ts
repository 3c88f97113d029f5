import { expectAccessible } from '../../accessibility.ts';
import { MINUTE } from '../../app-server.ts';
import type { Page, Response } from '../../browser.ts';
import { allStorages, expect, flow as test, type Storage } from '../../fixtures.ts';
import { countPage, visit } from '../../pages.ts';
import { cookieOf, copyOf, SESSION_COOKIE, setCookies } from '../../session-cookies.ts';
import { exampleCookie } from '../example-cookies.ts';
import { inspector } from '../inspector.ts';

const SENT_AGAIN = 'The server opened it and sent it again';

function rotationPage(page: Page, storage: Storage) {
  const newestKey = page.getByTestId('newest-key');
  return {
    /** What happened to the cookie. */
    cookie: page.getByRole('main').getByRole('status'),
    /** When the session began. */
    begun: page.getByTestId('begun'),
    /** How many keys open cookies. */
    keys: page.getByTestId('keys'),
    newestKey,
    open: () => visit(page, `/${storage}/rotation`),
    /** Rotates the keys and waits for the page that follows, which is this one again. */
    async rotate(): Promise<void> {
      const former = (await newestKey.textContent()) ?? '';
      await page.getByRole('button', { name: 'Rotate keys' }).click();
      await expect(newestKey).not.toHaveText(former);
    },
  };
}

expectAccessible([
  {
    title: '/rotation with a cookie that is sent again',
    async open(page) {
      const rotation = rotationPage(page, allStorages[0] ?? 'memory');
      await rotation.open();
      await rotation.rotate();
    },
  },
]);

for (const storage of allStorages) {
  test.describe(`key rotation, ${storage}`, () => {
    test.use({ storage });

    const name = exampleCookie(storage, 'rotation');

    test('the next response sets the cookie again with all its attributes, and later ones do not', async ({
      page,
      context,
      request,
      clock,
    }) => {
      const rotation = rotationPage(page, storage);
      const first = await rotation.open();
      const begun = (await rotation.begun.textContent()) ?? '';
      const before = await cookieOf(context, name);
      clock.advance(10 * MINUTE);
      await rotation.open();
      await expect(rotation.cookie).toContainText('none was sent');
      // Another client rotates, so that this session is not involved. The answer has a label of the key, not the key.
      const json = { headers: { Accept: 'application/json' } };
      const rotated = await (await request.post(`/${storage}/rotation/rotate`, json)).text();
      expect(rotated).toMatch(/"newestKey":"[0-9a-f]{8}"/);
      expect(rotated).not.toMatch(/[\w-]{43}/);

      const next = await rotation.open();
      await expect(rotation.cookie).toContainText(SENT_AGAIN);
      await expect(rotation.begun).toHaveText(begun);
      const after = await cookieOf(context, name);
      expect(after?.value).not.toBe(before?.value);
      expect({ ...after, value: '', expires: 0 }).toEqual({ ...before, value: '', expires: 0 });
      // Not by the browser's dates, which depend on how long a response takes.
      expect(await attributesOf(next, name)).toEqual(await attributesOf(first, name));

      expect((await setCookies(await rotation.open())).has(name)).toBe(false);
      await expect(rotation.cookie).toContainText('none was sent');
    });

    test('a session that is used after each rotation continues, and other sessions are not affected', async ({
      page,
      context,
    }) => {
      await countPage(page).open();
      const other = await cookieOf(context, SESSION_COOKIE);
      const rotation = rotationPage(page, storage);
      await rotation.open();
      const begun = (await rotation.begun.textContent()) ?? '';
      const seen = new Set([await rotation.newestKey.textContent()]);
      for (let count = 0; count < 4; count++) {
        await rotation.rotate();
        await expect(rotation.cookie).toContainText(SENT_AGAIN);
        await expect(rotation.begun).toHaveText(begun);
        await expect(inspector(page).events).toHaveText(['reissued']);
        seen.add(await rotation.newestKey.textContent());
      }
      expect(seen.size).toBe(5);
      await expect(rotation.keys).toHaveText('3');
      expect(await cookieOf(context, SESSION_COOKIE)).toEqual(other);
      await countPage(page).open();
      await expect(countPage(page).count).toHaveText('2');
    });

    test('a copy of the cookie opens after one rotation, and nothing after three more', async ({
      page,
      context,
      anotherBrowser,
      clock,
    }) => {
      const rotation = rotationPage(page, storage);
      await rotation.open();
      const begun = (await rotation.begun.textContent()) ?? '';
      const old = await copyOf(context, name);
      clock.advance(MINUTE);
      await rotation.rotate();

      const another = await anotherBrowser();
      await another.addCookies(old);
      const theirPage = await another.newPage();
      const theirs = rotationPage(theirPage, storage);
      await theirs.open();
      await expect(theirs.cookie).toContainText(SENT_AGAIN);
      await expect(theirs.begun).toHaveText(begun);

      for (let count = 0; count < 3; count++) await rotation.rotate();
      await another.addCookies(old);
      await theirs.open();
      await expect(theirs.cookie).toContainText('A new session has begun.');
      await expect(theirs.begun).not.toHaveText(begun);
      await expect(inspector(theirPage).events).toHaveText(['created']);
      // The session whose cookie was sealed again each time continues.
      await expect(rotation.begun).toHaveText(begun);
    });
  });
}

/** The `Set-Cookie` line of a cookie without its value. */
async function attributesOf(response: Response, name: string): Promise<string> {
  const lines = (await response.headerValues('set-cookie')).flatMap((value) => value.split('\n'));
  const line = lines.find((one) => one.startsWith(`${name}=`));
  if (line === undefined) throw new Error(`The response does not set ${name}.`);
  // Not max-age, which is the rest of the life; Expires has the end too.
  return line.slice(line.indexOf(';')).replace(/; max-age=\d+/, '');
}
