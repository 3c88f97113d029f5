import { at, expectAccessible } from '../../accessibility.ts';
import { expect, test } from '../../fixtures.ts';
import { DROPPED, labPage } from './lab-page.ts';

expectAccessible([
  at('/lab'),
  {
    title: '/lab with a line that is dropped, at no address',
    open: (page, problems) => {
      problems.expect(/^422 GET .*url=nowhere$/);
      return labPage(page).open({ line: `lab=${'x'.repeat(4094)}; SameSite=None`, url: 'nowhere' });
    },
  },
  {
    title: '/lab with the result of a trial',
    async open(page, problems) {
      problems.allow(DROPPED);
      const lab = labPage(page);
      await lab.open({ line: `lab=${'x'.repeat(4094)}; Path=/; SameSite=Lax`, before: 'lab=1; Path=/lab' });
      await lab.try();
      await expect(lab.agreement).toContainText('6 of 6');
    },
  },
]);

test('the lab composes a line from a form, at an address that can be shared', async ({
  page,
  anotherBrowser,
}) => {
  const lab = labPage(page);
  await lab.open();
  await page.getByLabel('Name').fill('lab-theme');
  await page.getByLabel('Value').fill('dark "mode"');
  await page.getByLabel('SameSite').selectOption('Strict');
  await page.getByLabel('Secure').check();
  await lab.compose.click();
  const line = 'lab-theme=dark "mode"; Path=/; SameSite=Strict; Secure; HttpOnly';
  await expect(lab.line).toHaveValue(line);

  const other = await (await anotherBrowser()).newPage();
  await other.goto(page.url());
  await expect(labPage(other).sent).toHaveText(`Set-Cookie: ${line}`);
  await expect(other.getByLabel('SameSite')).toHaveValue('Strict');
});

test('the lab shows a classic mistake and its fix', async ({ page }) => {
  const lab = labPage(page);
  await lab.open();
  await lab.mistake('A deletion of a __Host- cookie without Secure', 'See it').click();
  await expect(lab.row('The browser').first()).toHaveText('drops the line');
  await expect(lab.row('Cookies afterwards').first()).toHaveText('__Host-lab=1 for /');
  await lab.mistake('A deletion of a __Host- cookie without Secure', 'The fix').click();
  await expect(lab.row('The browser').first()).toHaveText('deletes the cookie');
  await expect(lab.row('Cookies afterwards').first()).toHaveText('no cookie');
});

test.describe('without JavaScript', { tag: '@without-javascript' }, () => {
  test.use({ javaScriptEnabled: false });

  test('the lab explains a pasted line, by the RFC and for three engines, and offers no trial', async ({
    page,
  }) => {
    const lab = labPage(page);
    await lab.open();
    await lab.explain('Set-Cookie: lab=1; Path=/; SameSite=None', 'https://shop.test/account');
    await expect(lab.sent).toHaveText('Set-Cookie: lab=1; Path=/; SameSite=None');
    await expect(page.getByRole('region', { name: 'The line' })).toContainText('Secure not set');
    const dropped = 'drops the line';
    await expect(lab.row('The browser')).toHaveText([dropped, dropped, dropped, 'stores it']);
    await expect(lab.row('Host')).toHaveText('shop.test, this host only');
    await expect(lab.tryIt).toBeHidden();
    await expect(page.locator('noscript p')).toBeVisible();
  });
});
