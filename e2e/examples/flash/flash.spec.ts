import { expectAccessible } from '../../accessibility.ts';
import type { Page, Response } from '../../browser.ts';
import { allStorages, expect, type Storage, test } from '../../fixtures.ts';
import { countPage, sending, visit } from '../../pages.ts';
import { inspector } from '../inspector.ts';

const [first = 'memory'] = allStorages;

function flashPage(page: Page, storage: Storage = first) {
  const path = `/${storage}/flash`;
  const field = page.getByLabel('Message');
  return {
    path,
    field,
    /** The message, if there is one. */
    message: page.getByRole('main').getByRole('status'),
    open: () => visit(page, path),
    async send(text: string): Promise<Response> {
      await visit(page, path);
      await field.fill(text);
      return sending(page, () => page.getByRole('button', { name: 'Send' }).click());
    },
  };
}

expectAccessible([
  {
    title: '/flash with a message',
    async open(page) {
      await flashPage(page).send('A long_word_without_blanks '.repeat(7));
      await flashPage(page).message.waitFor();
    },
  },
  {
    title: '/flash with an error',
    async open(page, problems) {
      problems.expect(/^422 POST /);
      await flashPage(page).send('');
      await page.getByText('Write a message.').waitFor();
    },
  },
]);

for (const storage of allStorages) {
  test.describe(`flash message, ${storage}`, () => {
    test.use({ storage });

    test('is shown once, after all redirects', async ({ page }) => {
      const flash = flashPage(page, storage);
      const redirects: string[] = [];
      page.on('response', (response) => {
        if (response.status() === 303) redirects.push(new URL(response.url()).pathname);
      });
      await flash.send('Saved.');
      await expect(page).toHaveURL(flash.path);
      await expect(flash.message).toHaveText('Saved.');
      expect(redirects).toEqual([flash.path, `${flash.path}/sent`]);

      await page.reload();
      await expect(flash.field).toBeVisible();
      await expect(flash.message).toHaveCount(0);
      await expect(inspector(page).root).not.toContainText('Saved.');
    });

    test('waits while other pages are visited, and is shown in only one of two tabs', async ({
      page,
      context,
    }) => {
      const one = flashPage(page, storage);
      const other = flashPage(await context.newPage(), storage);
      await page.request.post(one.path, { form: { message: 'Once.' }, maxRedirects: 0 });
      await page.request.get(`${one.path}/sent`, { maxRedirects: 0 });
      await countPage(page).open();

      await other.open();
      await expect(other.message).toHaveText('Once.');
      await one.open();
      await expect(one.field).toBeVisible();
      await expect(one.message).toHaveCount(0);
    });
  });
}

test('HTML in a flash message is shown as text, in any language', async ({ page }) => {
  const flash = flashPage(page);
  const text = `<b onclick="1">Grüße, 世界 👋</b> & <script>document.title = 'run'</script> "quoted" 'too'`;
  await flash.send(`  ${text}  `);
  await expect(flash.message).toHaveText(text);
  await expect(flash.message.locator('*')).toHaveCount(0);
  await expect(page).toHaveTitle(/^Flash message/);
});

test('a refused flash message is marked and can be corrected', async ({ page, problems }) => {
  problems.expect(/^422 POST /);
  const flash = flashPage(page);
  expect((await flash.send('   ')).status()).toBe(422);
  await expect(flash.field).toHaveAccessibleDescription(/Write a message\.$/);
  await expect(flash.field).toHaveAttribute('aria-invalid', 'true');
  await expect(flash.field).toBeFocused();
  await expect(flash.message).toHaveCount(0);

  expect((await flash.send('x'.repeat(201))).status()).toBe(422);
  await expect(flash.field).toHaveAccessibleDescription(/has 201 characters\. Shorten it to 200\.$/);
  await expect(flash.field).toHaveValue('x'.repeat(201));
  await flash.send('x'.repeat(200));
  await expect(flash.message).toHaveText('x'.repeat(200));
});

test('flash messages work with JSON too', async ({ request }) => {
  const json = { headers: { Accept: 'application/json' } };
  const path = `/${first}/flash`;
  const sent = await request.post(path, { ...json, form: { message: 'Hello' } });
  expect(await sent.json()).toEqual({ message: 'Hello', next: `${path}/sent` });
  for (const message of ['Hello', null]) {
    expect(await (await request.get(path, json)).json()).toMatchObject({ message });
  }
  const refused = await request.post(path, json);
  expect(refused.status()).toBe(422);
  expect(await refused.json()).toMatchObject({ errors: { message: 'Write a message.' } });
});
