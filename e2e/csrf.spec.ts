import { DEMO_ACCOUNT } from '../src/auth/users.ts';
import { html } from '../src/views/html.ts';
import { expect, test } from './fixtures.ts';
import { isLoggedIn, logIn, sending, visit } from './pages.ts';
import { SESSION_COOKIE } from './session-cookies.ts';

/** A page of an attacker, with forms that log a visitor of the app in and out. */
const foreignPage = (app = '') =>
  html`<!doctype html>
    <title>You have won</title>
    <form method="post" action="${app}/login">
      <input type="hidden" name="name" value="${DEMO_ACCOUNT.name}" />
      <input type="hidden" name="password" value="${DEMO_ACCOUNT.password}" />
      <button>Log in</button>
    </form>
    <form method="post" action="${app}/logout"><button>Log out</button></form>`;

// For SameSite, another port of the same host is the same site, so the browser sends the cookie.
for (const { origin, who, sendsCookie } of [
  { origin: 'http://evil.test', who: 'another site', sendsCookie: false },
  { origin: 'http://localhost:1', who: 'another port of this host', sendsCookie: true },
]) {
  test(`a form on ${who} can log nobody in or out`, async ({ page, context, baseURL, problems }) => {
    problems.expect(/^403 POST /);
    const body = foreignPage(baseURL).toString();
    await page.route(`${origin}/`, (route) => route.fulfill({ contentType: 'text/html', body }));
    const send = async (button: string) => {
      await visit(page, `${origin}/`);
      return sending(page, () => page.getByRole('button', { name: button }).click());
    };
    expect((await send('Log in')).status()).toBe(403);
    await expect(page.getByRole('main')).toContainText('This request was refused');
    expect(await context.cookies()).toEqual([]);

    await logIn(page);
    const response = await send('Log out');
    expect(response.status()).toBe(403);
    const { cookie = '' } = await response.request().allHeaders();
    expect(cookie.includes(`${SESSION_COOKIE}=`)).toBe(sendsCookie);
    expect(await isLoggedIn(page)).toBe(true);
  });
}
