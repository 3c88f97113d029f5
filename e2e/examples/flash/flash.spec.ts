import { expectAccessible } from '../../accessibility.ts';
import { allStorages, expect, test } from '../../fixtures.ts';
import { flashPage } from './flash-page.ts';
import { inspector } from '../inspector.ts';
import { visit } from '../../pages.ts';
import { viewsPage } from '../views/views-page.ts';

expectAccessible([
  {
    title: '/flash with a message',
    async open(page) {
      const flash = flashPage(page, allStorages[0] ?? 'memory');
      await flash.open();
      await flash.send('A long_word_without_blanks '.repeat(7));
      await flash.message.waitFor();
    },
  },
  {
    title: '/flash with an error',
    async open(page, problems) {
      problems.expect(/^422 POST /);
      const flash = flashPage(page, allStorages[0] ?? 'memory');
      await flash.open();
      await flash.send('');
      await page.getByText('Write a message.').waitFor();
    },
  },
]);

for (const storage of allStorages) {
  test.describe(`flash message, ${storage}`, () => {
    test.use({ storage });

    test('is shown once, and gone after a reload', async ({ page }) => {
      const flash = flashPage(page, storage);
      await flash.open();
      await expect(flash.message).toHaveCount(0);

      await flash.send('Saved.');
      await expect(page).toHaveURL(flash.path);
      await expect(flash.message).toHaveText('Saved.');
      await page.reload();
      await expect(flash.field).toBeVisible();
      await expect(flash.message).toHaveCount(0);
      await expect(inspector(page).root).not.toContainText('Saved.');
    });

    test('survives the redirects on its way', async ({ page }) => {
      const flash = flashPage(page, storage);
      await flash.open();
      const redirects: string[] = [];
      page.on('response', (response) => {
        if (response.status() === 303) redirects.push(new URL(response.url()).pathname);
      });
      await flash.send('I have come far.');
      await expect(flash.message).toHaveText('I have come far.');
      expect(redirects).toEqual([flash.path, `${flash.path}/sent`]);
    });

    test('waits while other pages are visited', async ({ page }) => {
      const { path, message } = flashPage(page, storage);
      await page.request.post(path, { form: { message: 'I can wait.' }, maxRedirects: 0 });

      // One that saves the session and one that is redirected itself.
      await viewsPage(page, storage).open();
      await visit(page, '/account');
      await expect(page).toHaveURL(/\/login/);
      await visit(page, path);
      await expect(message).toHaveText('I can wait.');
    });

    test('is shown in one of two tabs', async ({ page, context }) => {
      const first = flashPage(page, storage);
      const second = flashPage(await context.newPage(), storage);
      await page.request.post(first.path, { form: { message: 'Once.' }, maxRedirects: 0 });

      await second.open();
      await expect(second.message).toHaveText('Once.');
      await first.open();
      await expect(first.field).toBeVisible();
      await expect(first.message).toHaveCount(0);
    });

    test('HTML in it is text', async ({ page }) => {
      const text = `<b onclick="1">bold</b> & <script>document.title = 'run'</script> "quoted" 'too'`;
      const flash = flashPage(page, storage);
      await flash.open();
      await flash.send(text);
      await expect(flash.message).toHaveText(text);
      await expect(flash.message.locator('*')).toHaveCount(0);
      await expect(page).toHaveTitle(/^Flash message/);
    });

    test('is in the words of the user, whatever they are', async ({ page }) => {
      const flash = flashPage(page, storage);
      await flash.open();
      await flash.send('  Grüße, 世界 👋  ');
      await expect(flash.message).toHaveText('Grüße, 世界 👋');
    });

    test('an empty one is refused beside the field', async ({ page, problems }) => {
      problems.expect(/^422 POST /);
      const flash = flashPage(page, storage);
      await flash.open();
      expect((await flash.send('   ')).status()).toBe(422);
      await expect(flash.field).toHaveAccessibleDescription(/Write a message\.$/);
      await expect(flash.field).toHaveAttribute('aria-invalid', 'true');
      await expect(flash.field).toBeFocused();
      await expect(flash.message).toHaveCount(0);
    });

    test('one of 200 characters is taken, a longer one is refused and can be corrected', async ({
      page,
      problems,
    }) => {
      problems.expect(/^422 POST /);
      const flash = flashPage(page, storage);
      await flash.open();
      expect((await flash.send('x'.repeat(201))).status()).toBe(422);
      await expect(flash.field).toHaveAccessibleDescription(/has 201 characters\. Shorten it to 200\.$/);
      await expect(flash.field).toHaveValue('x'.repeat(201));

      await flash.send('x'.repeat(200));
      await expect(flash.message).toHaveText('x'.repeat(200));
    });

    test('speaks JSON too', async ({ request }) => {
      const json = { headers: { Accept: 'application/json' } };
      const path = `/${storage}/flash`;
      const sent = await request.post(path, { ...json, form: { message: 'Hello' } });
      expect(await sent.json()).toEqual({ message: 'Hello', next: `${path}/sent` });
      expect(await (await request.get(path, json)).json()).toMatchObject({ message: 'Hello' });
      expect(await (await request.get(path, json)).json()).toMatchObject({ message: null });
      const refused = await request.post(path, json);
      expect(refused.status()).toBe(422);
      expect(await refused.json()).toMatchObject({ errors: { message: 'Write a message.' } });
    });
  });
}
