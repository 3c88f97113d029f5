import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DEMO_ACCOUNT } from '../src/auth/users.ts';
import { html } from '../src/views/html.ts';
import { close } from './app-server.ts';
import { expect, test as base } from './fixtures.ts';
import { isLoggedIn, logIn, sending, visit } from './pages.ts';
import { SESSION_COOKIE } from './session-cookies.ts';

/** The port of somebody else's web server, whose page has forms that log a visitor of the app in and out. */
const test = base.extend<{ foreignPort: number }>({
  foreignPort: async ({ baseURL }, use) => {
    const page = html`<!doctype html>
      <title>You have won</title>
      <form method="post" action="${baseURL}/login">
        <input type="hidden" name="name" value="${DEMO_ACCOUNT.name}" />
        <input type="hidden" name="password" value="${DEMO_ACCOUNT.password}" />
        <button>Log in</button>
      </form>
      <form method="post" action="${baseURL}/logout"><button>Log out</button></form>`;
    const server = createServer((_req, res) => {
      res.setHeader('Content-Type', 'text/html; charset=utf-8');
      res.end(page.toString());
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    await use((server.address() as AddressInfo).port);
    await close(server);
  },
});

// Another port of the same host is the same site for SameSite cookies: the browser sends them along.
for (const { host, who, sendsCookie } of [
  { host: '127.0.0.1', who: 'another site', sendsCookie: false },
  { host: 'localhost', who: 'another port of this host', sendsCookie: true },
]) {
  test(`a form on ${who} can log nobody in or out`, async ({ page, context, foreignPort, problems }) => {
    problems.expect(/^403 POST /);
    const send = async (button: string) => {
      await visit(page, `http://${host}:${foreignPort}/`);
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
