import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { close } from '../app-server.ts';
import { expect, flow } from '../fixtures.ts';
import { visit } from '../pages.ts';

// What the flows need from the WebDriver engine: expectations can fail, and no problem is missed.

const PAGE = `<!doctype html><title>Try</title>
<p data-testid="one">A  <b>long</b>
  text</p>
<button disabled>Later</button>
<button hidden>Never</button>
<label>Name <input value="before"></label>
<ul><li>first</li><li>second</li></ul>
<output role="status"></output>
<script>
  const [later] = document.getElementsByTagName('button');
  later.onclick = () => { document.querySelector('output').textContent = 'clicked'; };
</script>`;

const test = flow.extend<{ url: string }>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the names of fixtures from a pattern
  url: async ({}, use) => {
    const server = createServer((req, res) => {
      res.statusCode = req.url === '/missing' ? 404 : 200;
      res.setHeader('Content-Type', 'text/html; charset=utf-8');
      res.setHeader('Set-Cookie', [`at=${req.headers.host}; Path=/; SameSite=Lax`, 'ends=; Max-Age=0']);
      res.end(PAGE);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    await use(`http://localhost:${port}`);
    await close(server);
  },
});

test.describe('in WebKit', { tag: '@engines' }, () => {
  test('a failed expectation says what is there', async ({ page, url }) => {
    await visit(page, url);
    const one = page.getByTestId('one');
    await expect(one).toHaveText('A long text');
    await expect(one).toHaveText(/^A l/);
    await expect(one).not.toHaveText('A long');
    await expect(one).toContainText('long');
    await expect(page.getByRole('listitem')).toHaveText(['first', /sec/]);
    await expect(page.getByRole('button', { name: 'Never' })).toBeHidden();

    const hasty = expect.configure({ timeout: 50 });
    await expect(hasty(one).toHaveText('A long')).rejects.toThrow("getByTestId('one')");
    await expect(hasty(one).not.toHaveText('A long text')).rejects.toThrow('A long text');
    await expect(hasty(one).toBeHidden()).rejects.toThrow();
    await expect(hasty(page.getByTestId('two')).not.toHaveText('A long')).rejects.toThrow('is not there');
    await expect(hasty(page.getByRole('listitem')).toHaveText(['first'])).rejects.toThrow('second');
    await expect(hasty(page.getByRole('listitem')).toHaveText('first')).rejects.toThrow('strict mode');
    await expect(hasty(page).toHaveURL(`${url}/elsewhere`)).rejects.toThrow(url);
  });

  test('a click waits until the element can be clicked', async ({ page, url }) => {
    await visit(page, url);
    const clicked = page.getByRole('button', { name: 'Later' }).click();
    await page.evaluate("document.querySelector('button').disabled = false");
    await clicked;
    await expect(page.getByRole('status')).toHaveText('clicked');
  });

  test('a field is filled in again, also with nothing', async ({ page, url }) => {
    await visit(page, url);
    const name = page.getByLabel('Name');
    await name.fill('Zoë 🍃');
    await expect(name).toHaveValue('Zoë 🍃');
    await name.fill('');
    await expect(name).toHaveValue('');
  });

  test('errors in a page are noticed', async ({ page, url, problems }) => {
    problems.expect(/^404 GET .*\/missing$/);
    problems.expect(/^console error: told on purpose/);
    problems.expect(/^uncaught error: .*thrown on purpose/);
    problems.expect(/^uncaught error: .*rejected on purpose/);
    await visit(page, `${url}/missing`);
    await page.evaluate("console.error('told', 'on purpose')");
    await page.evaluate("setTimeout(() => { throw new Error('thrown on purpose'); })");
    await page.evaluate("void Promise.reject(new Error('rejected on purpose'))");
    await expect.poll(() => problems.found().length).toBe(4);
  });

  test('a response has all its Set-Cookie lines', async ({ page, url }) => {
    const response = await visit(page, url);
    expect(response.status()).toBe(200);
    expect(await response.headerValues('set-cookie')).toEqual([
      `at=${new URL(url).host}; Path=/; SameSite=Lax`,
      'ends=; Max-Age=0',
    ]);
    expect(response.request().method()).toBe('GET');
  });

  test('a screenshot can be taken of a page that no longer changes', async ({ page, url }) => {
    await visit(page, url);
    expect((await page.screenshot()).subarray(1, 4).toString()).toBe('PNG');
  });

  test('browsers that are open together share no cookies', async ({ url, anotherBrowser }) => {
    const browsers = await Promise.all([anotherBrowser(), anotherBrowser(), anotherBrowser()]);
    const [first, ...others] = browsers;
    await Promise.all(browsers.map((browser) => browser.newPage()));
    await visit(await first.newPage(), url);
    expect(await first.cookies(url)).toMatchObject([{ name: 'at', domain: 'localhost', expires: -1 }]);
    for (const other of others) expect(await other.cookies()).toEqual([]);
  });
});
