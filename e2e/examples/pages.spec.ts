import { readFile } from 'node:fs/promises';
import { examples } from '../../src/examples/examples.ts';
import { at, expectAccessible } from '../accessibility.ts';
import { allStorages, expect, test } from '../fixtures.ts';
import { visit } from '../pages.ts';
import { inspector } from './inspector.ts';

const labels = { memory: 'Memory', cookie: 'Cookie', redis: 'Redis' };
const [storage = 'memory'] = allStorages;
const all = Object.values(examples);
/** The examples that are on each storage. */
const onStorages = all.filter(({ hasNoSession }) => !hasNoSession);
const sources = all.slice(0, 1).flatMap(({ source: [route = ''], test: spec }) => [route, spec]);

expectAccessible([
  at('/examples'),
  ...onStorages.map(({ name }) => at(`/${storage}/${name}`)),
  ...sources.slice(0, 1).map((path) => at(`/source/${path}`)),
]);

test('the overview links to each example on each storage', async ({ page, baseURL }) => {
  await visit(page, '/');
  await page.getByRole('link', { name: 'Examples', exact: true }).click();
  await expect(page).toHaveURL('/examples');
  const cards = page.getByRole('main').getByRole('listitem');
  await expect(cards.getByRole('heading')).toHaveText(all.map(({ title }) => title));
  for (const { name, title } of onStorages) {
    const link = page.getByRole('link', { name: new RegExp(`^${labels[storage]} ?: ${title}$`) });
    await expect(link).toHaveAttribute('href', `/${storage}/${name}`);
  }
  for (const { name } of onStorages.slice(0, 1)) {
    const command = page.getByRole('group', { name: 'Command to try' });
    await expect(command).toContainText(`-H 'Accept: application/json' \\\n  ${baseURL}/${storage}/${name}`);
  }
});

test('every example marks its page, and links to the other storages, to its source and to its test', async ({
  page,
}) => {
  const navigation = page.getByRole('navigation', { name: 'Examples' });
  const theSwitch = page.getByRole('navigation', { name: 'Storage' });
  for (const { name, title } of onStorages) {
    await visit(page, '/examples');
    await navigation.getByRole('link', { name: title }).click();
    await expect(page).toHaveURL(`/${storage}/${name}`);
    await expect(navigation.locator('[aria-current=page]')).toHaveText(title);
    await expect(theSwitch.locator('[aria-current=true]')).toHaveText(labels[storage]);
    const links = inspector(page).codeLinks;
    await expect(links.first()).toHaveText(`src/examples/${name}/route.ts`);
    await expect(links.last()).toHaveText(`e2e/examples/${name}/${name}.spec.ts`);
    for (const link of await links.all()) {
      await expect(link).toHaveAttribute('href', `/source/${await link.textContent()}`);
    }

    const other = theSwitch.locator('a:not([aria-current])');
    const label = (await other.textContent()) ?? '';
    await other.click();
    await expect(page).toHaveURL(`/${label.toLowerCase()}/${name}`);
    await expect(inspector(page).tags.first()).toHaveText(label);
  }
});

test('the files of the examples are shown unchanged, and no other files', async ({ page, request }) => {
  for (const path of sources) {
    await visit(page, `/source/${path}`);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(path);
    const file = await readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
    expect(await page.getByRole('group', { name: path }).textContent()).toBe(file);
    expect((await request.get(`/source/${path}/..%2f..%2f..%2f..%2fpackage.json`)).status()).toBe(404);
  }
  for (const path of ['package.json', 'src/config.ts', '.env.example', '..%2f.env']) {
    expect((await request.get(`/source/${path}`)).status(), path).toBe(404);
  }
});
