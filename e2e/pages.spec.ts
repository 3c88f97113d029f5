import { readFile } from 'node:fs/promises';
import { examples } from '../src/examples/examples.ts';
import { APP_NAME } from '../src/views/layout.ts';
import { expect, storages, test } from './fixtures.ts';
import { inspector } from './pages/inspector.ts';
import { accountPage, loginPage } from './pages/login-page.ts';
import { visit } from './pages/visit.ts';
import { viewsPage } from './pages/views-page.ts';

const labels = { memory: 'Memory', cookie: 'Cookie' };

test('the start page leads to each example on each storage', async ({ page }) => {
  await visit(page, '/');
  const cards = page.getByRole('main').getByRole('listitem');
  await expect(cards.getByRole('heading')).toHaveText(examples.map(({ title }) => title));
  const link = (name: string) => page.getByRole('link', { name: new RegExp(`^${name}$`) });
  for (const storage of storages) {
    for (const { name, title } of examples) {
      await expect(link(`${labels[storage]} ?: ${title}`)).toHaveAttribute('href', `/${storage}/${name}`);
    }
    await link(`${labels[storage]} ?: Page views`).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Page views');
    await link(APP_NAME).click();
    await expect(page).toHaveURL('/');
  }
});

test('the command of the start page is one that works', async ({ page, request, baseURL }) => {
  await visit(page, '/');
  const command = page.getByRole('group', { name: 'Command to try' });
  await expect(command).toContainText(`${baseURL}/memory/views`);
  await expect(command).toContainText("-H 'Accept: application/json'");
  const response = await request.get('/memory/views', { headers: { Accept: 'application/json' } });
  expect(await response.json()).toMatchObject({ views: 1 });
});

for (const storage of storages) {
  test.describe(`every example, ${storage}`, () => {
    test('says in the navigation where one is', async ({ page }) => {
      await visit(page, `/${storage}/views`);
      const navigation = page.getByRole('navigation', { name: 'Examples' });
      for (const { name, title } of examples) {
        await navigation.getByRole('link', { name: title }).click();
        await expect(page).toHaveURL(`/${storage}/${name}`);
        await expect(navigation.locator('[aria-current=page]')).toHaveText(title);
      }
    });

    test('has a switch to the other storages, which stays on the same example', async ({ page }) => {
      const theSwitch = page.getByRole('navigation', { name: 'Storage' });
      for (const { name } of examples) {
        await visit(page, `/${storage}/${name}`);
        await expect(theSwitch.locator('[aria-current=true]')).toHaveText(labels[storage]);
        for (const other of storages.filter((one) => one !== storage)) {
          await theSwitch.getByRole('link', { name: labels[other] }).click();
          await expect(page).toHaveURL(`/${other}/${name}`);
          await expect(inspector(page).tags.first()).toHaveText(labels[other]);
        }
      }
    });

    test('leads to its source and to the test that proves it', async ({ page, request }) => {
      for (const { name } of examples) {
        await visit(page, `/${storage}/${name}`);
        const links = inspector(page).codeLinks;
        await expect(links.first()).toHaveText(`src/examples/${name}/route.ts`);
        await expect(links.last()).toHaveText(`e2e/${name}.spec.ts`);
        for (const link of await links.all()) {
          await expect(link).toHaveAttribute('href', `/source/${await link.textContent()}`);
          expect((await request.get(String(await link.getAttribute('href')))).status()).toBe(200);
        }
      }
    });

    test('works without JavaScript', { tag: '@without-javascript' }, async ({ anotherBrowser }) => {
      const page = await (await anotherBrowser({ javaScriptEnabled: false })).newPage();
      const views = viewsPage(page, storage);
      const account = accountPage(page, storage);
      await views.open();
      await views.lookAgain();
      await expect(views.count).toHaveText('2');
      await expect(inspector(page).events).toHaveText(['saved']);
      await expect(inspector(page).ends.getByRole('time')).toBeVisible();

      await account.open();
      await loginPage(page, storage).logIn();
      await expect(account.user).toBeVisible();
      await account.logOut();
      await expect(loginPage(page, storage).name).toBeVisible();
    });
  });
}

test('a source file is shown as it is', async ({ page }) => {
  await visit(page, '/memory/views');
  const links = inspector(page).codeLinks;
  for (const path of ['src/examples/views/route.ts', 'e2e/views.spec.ts']) {
    await links.filter({ hasText: path }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(path);
    const file = await readFile(new URL(`../${path}`, import.meta.url), 'utf8');
    expect(await page.getByRole('group', { name: path }).textContent()).toBe(file);
    await page.goBack();
  }
});

test('only the files of the examples can be read', async ({ request }) => {
  for (const path of [
    'package.json',
    'src/config.ts',
    '.env.example',
    '..%2f.env',
    'src/examples/views/..%2f..%2f..%2fpackage.json',
  ]) {
    expect((await request.get(`/source/${path}`)).status(), path).toBe(404);
  }
  expect((await request.get('/source/src/examples/views/route.ts')).status()).toBe(200);
});

test('the keyboard can skip the navigation', async ({ page }) => {
  await visit(page, '/memory/views');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Look again' })).toBeFocused();
});

test('script that got into a page does not run', async ({ page, problems }) => {
  problems.expect(/CSP violation: script-src/);
  problems.expect(/CSP violation: style-src/);
  // What browsers add in words of their own.
  problems.allow(/content security policy|content-security-policy/i);
  await visit(page, '/memory/views');
  const title = await page.title();
  await page.evaluate(`document.querySelector('main').insertAdjacentHTML('beforeend',
    '<img src="/favicon.svg" alt="" onload="document.title = 1"><p style="color: red">')`);
  await page.evaluate(`document.body.append(Object.assign(document.createElement('script'), {
    textContent: 'document.title = 2',
  }))`);
  await page.evaluate(`document.body.append(Object.assign(document.createElement('script'), {
    src: 'http://evil.test/script.js',
  }))`);
  await expect.poll(() => problems.found().filter((one) => one.includes('CSP violation')).length).toBe(4);
  await expect(page).toHaveTitle(title);
});
