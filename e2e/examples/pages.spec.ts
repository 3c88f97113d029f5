import { readFile } from 'node:fs/promises';
import { examples } from '../../src/examples/examples.ts';
import { at, expectAccessible } from '../accessibility.ts';
import { expect, storages, test } from '../fixtures.ts';
import { visit } from '../pages.ts';
import { inspector } from './inspector.ts';

const labels = { memory: 'Memory', cookie: 'Cookie', redis: 'Redis' };
const [first = 'memory'] = storages;
const all = Object.values(examples);
/** Those that are on each storage. */
const onStorages = all.filter(({ hasNoSession }) => !hasNoSession);

expectAccessible([
  ...onStorages.map(({ name }) => at(`/${first}/${name}`)),
  at('/examples'),
  at(`/source/${all[0]?.source[0]}`),
]);

test('the overview leads to each example on each storage', async ({ page }) => {
  await visit(page, '/');
  await page.getByRole('link', { name: 'Examples', exact: true }).click();
  await expect(page).toHaveURL('/examples');
  const cards = page.getByRole('main').getByRole('listitem');
  await expect(cards.getByRole('heading')).toHaveText(all.map(({ title }) => title));
  for (const { name, title } of onStorages) {
    const link = page.getByRole('link', { name: new RegExp(`^${labels[first]} ?: ${title}$`) });
    await expect(link).toHaveAttribute('href', `/${first}/${name}`);
  }
});

test('the command of the overview is one that works', async ({ page, request, baseURL }) => {
  await visit(page, '/examples');
  const command = page.getByRole('group', { name: 'Command to try' });
  await expect(command).toContainText(`${baseURL}/${first}/${onStorages[0]?.name}`);
  await expect(command).toContainText("-H 'Accept: application/json'");
  const path = `/${first}/${onStorages[0]?.name}`;
  expect((await request.get(path, { headers: { Accept: 'application/json' } })).status()).toBe(200);
});

for (const storage of storages) {
  test.describe(`every example, ${storage}`, () => {
    test.use({ storage });

    test('says in the navigation where one is', async ({ page }) => {
      await visit(page, `/${storage}/views`);
      const navigation = page.getByRole('navigation', { name: 'Examples' });
      for (const { name, title } of onStorages) {
        await navigation.getByRole('link', { name: title }).click();
        await expect(page).toHaveURL(`/${storage}/${name}`);
        await expect(navigation.locator('[aria-current=page]')).toHaveText(title);
      }
    });

    test('has a switch to the other storages, which stays on the same example', async ({ page }) => {
      const theSwitch = page.getByRole('navigation', { name: 'Storage' });
      for (const { name } of onStorages) {
        await visit(page, `/${storage}/${name}`);
        await expect(theSwitch.locator('[aria-current=true]')).toHaveText(labels[storage]);
        const other = theSwitch.locator('a:not([aria-current])');
        const label = (await other.textContent()) ?? '';
        await other.click();
        await expect(page).toHaveURL(`/${label.toLowerCase()}/${name}`);
        await expect(inspector(page).tags.first()).toHaveText(label);
      }
    });

    test('leads to its source and to the test that proves it', async ({ page, request }) => {
      for (const { name } of onStorages) {
        await visit(page, `/${storage}/${name}`);
        const links = inspector(page).codeLinks;
        await expect(links.first()).toHaveText(`src/examples/${name}/route.ts`);
        await expect(links.last()).toHaveText(`e2e/examples/${name}/${name}.spec.ts`);
        for (const link of await links.all()) {
          await expect(link).toHaveAttribute('href', `/source/${await link.textContent()}`);
          expect((await request.get(String(await link.getAttribute('href')))).status()).toBe(200);
        }
      }
    });
  });
}

test('a source file is shown as it is', async ({ page }) => {
  await visit(page, `/${first}/views`);
  const links = inspector(page).codeLinks;
  for (const path of ['src/examples/views/route.ts', 'e2e/examples/views/views.spec.ts']) {
    await links.filter({ hasText: path }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(path);
    const file = await readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
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
