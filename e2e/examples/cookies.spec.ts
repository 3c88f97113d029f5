import Keygrip from 'keygrip';
import { fingerprint } from '../../src/session/index.ts';
import { Sealer } from '../../src/session/cookie/seal.ts';
import { DAY, keys, MINUTE, SECOND } from '../app-server.ts';
import { allStorages, expect, type Storage, test } from '../fixtures.ts';
import { accountPage, countPage, logIn } from '../pages.ts';
import { type BrowserCookie, cookieOf, copyOf, SESSION_COOKIE } from '../session-cookies.ts';
import { inspector } from './inspector.ts';

test.describe('the session cookie', () => {
  test('has the attributes that restrict it to this site', async ({ page, context, clock }) => {
    await countPage(page).open();
    const cookies = (await context.cookies()).map(({ expires, value, ...attributes }) => {
      expect(value).not.toBe('');
      return { ...attributes, minutes: Math.round((expires * SECOND - clock.now()) / MINUTE) };
    });
    const attributes = { domain: 'localhost', path: '/', httpOnly: true, secure: false, sameSite: 'Lax' };
    expect(cookies).toEqual([{ name: SESSION_COOKIE, ...attributes, minutes: DAY / MINUTE }]);
  });

  test('cannot be read by scripts, nor can anything that could replace it', async ({ page, context }) => {
    await logIn(page);
    await countPage(page).open();
    const cookie = await cookieOf(context, SESSION_COOKIE);
    expect(cookie).toBeDefined();
    expect(await page.evaluate('document.cookie')).toBe('');

    // The inspector shows the Set-Cookie lines, but not the values that a script could use.
    const all = await page.evaluate<string>(
      'document.documentElement.outerHTML + JSON.stringify({ ...sessionStorage })',
    );
    expect(all).toContain(SESSION_COOKIE);
    expect(all).not.toContain(cookie?.value);
  });

  test('cannot be overwritten by scripts', async ({ page }) => {
    await countPage(page).open();
    await page.evaluate(`document.cookie = '${SESSION_COOKIE}=planted; path=/'`);
    await countPage(page).open();
    await expect(countPage(page).count).toHaveText('2');
  });

  test('works beside a planted cookie with a longer path', async ({ page, context }) => {
    await countPage(page).open();
    const [session] = await copyOf(context, SESSION_COOKIE);
    if (session) await context.addCookies([{ ...session, value: 'planted', path: '/count' }]);
    const response = await countPage(page).open();
    expect(response.status()).toBe(200);
    const sent = (await response.request().allHeaders())['cookie'];
    expect(sent).toMatch(new RegExp(`${SESSION_COOKIE}=planted;.* ${SESSION_COOKIE}=`));
    await expect(countPage(page).count).toHaveText('2');
  });
});

/** Forged session cookies, some made with the app's own key: a name, and what makes the value and a signature. */
const FORGERIES: [what: string, make: (cookie: BrowserCookie, storage: Storage) => string[]][] = [
  [
    'a changed value',
    ({ value }) => [`${value.slice(0, 40)}${value[40] === 'A' ? 'B' : 'A'}${value.slice(41)}`],
  ],
  [
    "data of their own, signed with the app's key as koa-session would",
    ({ name }) => {
      const value = Buffer.from(SOMEBODY).toString('base64');
      return [value, new Keygrip(keys).sign(`${name}=${value}`)];
    },
  ],
  ['sealed for another cookie', (_cookie, storage) => [sealed('other', storage, SOMEBODY)]],
  [
    'sealed for the other storage',
    ({ name }, storage) => [sealed(name, storage === 'cookie' ? 'memory' : 'cookie', SOMEBODY)],
  ],
  ['the longest that a browser sends (4 kB)', ({ name }) => [`v1.${'A'.repeat(4093 - name.length)}`]],
];
const SOMEBODY = JSON.stringify({ count: 1000, userId: 'demo-ada', loggedInAt: 1 });

/** Sealed with the app's own key, as the server would. */
function sealed(name: string, storage: Storage, text: string): string {
  return new Sealer(keys, { name, purpose: storage === 'cookie' ? 'session' : 'id' }).seal(text);
}

for (const storage of allStorages) {
  test.describe(`the session cookie, ${storage}`, () => {
    test.use({ storage });

    test('counts for nothing if it is tampered with, and causes no error', async ({ page, context }) => {
      const counting = countPage(page);
      await logIn(page);
      const [genuine] = await copyOf(context, SESSION_COOKIE);
      if (!genuine) throw new Error('The browser holds no session cookie.');

      for (const [what, make] of FORGERIES) {
        const [value = '', signature] = make(genuine, storage);
        await context.clearCookies();
        await context.addCookies([{ ...genuine, value }]);
        if (signature)
          await context.addCookies([{ ...genuine, name: `${genuine.name}.sig`, value: signature }]);
        const response = await counting.open();
        expect.soft(response.status(), what).toBe(200);
        expect((await response.request().allHeaders())['cookie']).toContain(`${SESSION_COOKIE}=${value}`);
        await expect.soft(counting.count, what).toHaveText('1');
        await expect.soft(page.getByText('Logged in as'), what).toHaveCount(0);
      }

      // The genuine cookie still opens the session.
      await context.clearCookies();
      await context.addCookies([genuine]);
      await accountPage(page).open();
      await expect(accountPage(page).user).toBeVisible();
    });

    if (storage === 'cookie') return;

    test('an id that somebody made up is not adopted, even if it is sealed', async ({ page, context }) => {
      const madeUp = 'sid-chosen-by-somebody-else';
      await countPage(page).open();
      const [genuine] = await copyOf(context, SESSION_COOKIE);
      const value = sealed(SESSION_COOKIE, storage, madeUp);
      if (genuine) await context.addCookies([{ ...genuine, value }]);

      await countPage(page).open();
      await expect(countPage(page).count).toHaveText('1');
      await expect(inspector(page).events).toHaveText(['missed', 'created']);
      await expect(inspector(page).root).not.toContainText(fingerprint(madeUp));
      expect((await cookieOf(context, SESSION_COOKIE))?.value).not.toBe(value);
    });
  });
}
