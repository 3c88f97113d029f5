import { expect, storages, test } from './fixtures.ts';
import { labPage } from './pages/lab-page.ts';
import { viewsPage } from './pages/views-page.ts';
import { cookieName, cookieOf } from './session-cookies.ts';

const NONE_WITHOUT_SECURE = 'lab=1; Path=/; SameSite=None';

test.describe('the cookie lab', () => {
  test('explains a line that is pasted, and predicts by the RFC and for three engines', async ({ page }) => {
    const lab = labPage(page);
    await lab.open();
    await lab.explain(`Set-Cookie: ${NONE_WITHOUT_SECURE}`, 'https://shop.test/account');
    await expect(lab.sent).toHaveText(`Set-Cookie: ${NONE_WITHOUT_SECURE}`);
    await expect(page.getByRole('region', { name: 'The line' })).toContainText('Secure not set');
    await expect(lab.row('The browser')).toHaveText([
      'drops the line',
      'drops the line',
      'drops the line',
      'stores it',
    ]);
    await expect(lab.row('Host')).toHaveText('shop.test, this host only');
  });

  test('composes a line from a form, at an address that can be shared', async ({ page, anotherBrowser }) => {
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

  test('shows a classic mistake and its fix', async ({ page }) => {
    const lab = labPage(page);
    await lab.open();
    await lab.mistake('A deletion of a __Host- cookie without Secure', 'See it').click();
    await expect(lab.row('The browser').first()).toHaveText('drops the line');
    await expect(lab.row('There is then').first()).toHaveText('__Host-lab=1 for /');
    await lab.mistake('A deletion of a __Host- cookie without Secure', 'The fix').click();
    await expect(lab.row('The browser').first()).toHaveText('deletes the cookie');
    await expect(lab.row('There is then').first()).toHaveText('no cookie');
  });

  test('works without JavaScript, but for the trying', async ({ anotherBrowser }) => {
    const page = await (await anotherBrowser({ javaScriptEnabled: false })).newPage();
    const lab = labPage(page);
    await lab.open();
    await lab.explain(NONE_WITHOUT_SECURE);
    await expect(lab.row('The browser').first()).toHaveText('drops the line');
    await expect(lab.tryIt).toBeHidden();
    await expect(page.locator('noscript p')).toBeVisible();
  });
});

test.describe('a cookie that is tried', () => {
  const lines = [
    'lab=1; Path=/; SameSite=Lax; HttpOnly',
    'lab=1; Path=/; SameSite=Strict; Max-Age=3600',
    NONE_WITHOUT_SECURE,
    '__Host-lab=1; Path=/lab; Secure; SameSite=Lax',
    `lab=${'x'.repeat(4094)}; Path=/; SameSite=Lax`,
    'lab-partitioned=1; Path=/; SameSite=None; Secure; Partitioned',
    'lab-value=ü "quoted"; SameSite=Lax',
  ];
  for (const line of lines) {
    test(`does in this browser what was predicted: ${line.slice(0, 70)}`, async ({ page, context }) => {
      const lab = labPage(page);
      await lab.open({ line });
      await lab.try();
      await expect(lab.places.filter({ hasText: 'not heard of' })).toHaveCount(0);
      await expect(lab.agreement).toHaveText('Prediction and browser agree in 6 of 6 places.');
      expect(await context.cookies()).toEqual([]);
    });
  }

  test('came back where it should, and nowhere else', async ({ page }) => {
    const lab = labPage(page);
    await lab.open({ line: 'lab=1; Path=/; SameSite=Strict' });
    await lab.try();
    const seen = lab.places.getByRole('cell').filter({ hasText: /sent/ });
    const [here, notThere] = [
      ['sent: lab=1', 'sent: lab=1'],
      ['not sent', 'not sent'],
    ];
    await expect(seen).toHaveText([here, here, here, notThere, notThere, notThere].flat());
  });

  test('replaces or leaves the one that was there', async ({ page, context }) => {
    const lab = labPage(page);
    await lab.open();
    await lab.mistake('A deletion with another path', 'See it').click();
    await lab.try();
    await expect(lab.agreement).toContainText('6 of 6');
    await expect(lab.places.first()).toContainText('sent: lab=1');
    await lab.mistake('A deletion with another path', 'The fix').click();
    await lab.try();
    await expect(lab.agreement).toContainText('6 of 6');
    await expect(lab.places.first()).not.toContainText('sent: lab=1');
    expect(await context.cookies()).toEqual([]);
  });

  test('removes what an earlier trial left behind, and nothing else', async ({ page, context, baseURL }) => {
    const url = `${baseURL}/lab/trial`;
    await context.addCookies([
      { name: 'lab-left', value: 'x'.repeat(4000), url },
      { name: 'label', value: 'of another program', url },
    ]);
    const lab = labPage(page);
    await lab.open();
    await lab.try();
    await expect(lab.agreement).toContainText('6 of 6');
    expect((await context.cookies()).map(({ name }) => name)).toEqual(['label']);
  });

  test('is behind one when it is over: Back leads to the lab', async ({ page }) => {
    const lab = labPage(page);
    await lab.open();
    await lab.try();
    await page.goBack();
    await expect(page).toHaveURL(/\/lab\??$/);
    await expect(lab.tryIt).toBeVisible();
  });

  for (const storage of storages) {
    test(`cannot touch the session, ${storage}`, async ({ page, context }) => {
      const views = viewsPage(page, storage);
      await views.open();
      const before = await cookieOf(context, cookieName(storage));
      const lab = labPage(page);
      await lab.open({ line: `${cookieName(storage)}=stolen; Path=/` });
      await expect(lab.tryIt).toHaveCount(0);
      await expect(lab.tried).toContainText('Rename it.');

      await lab.open({ line: 'lab=1; Path=/; SameSite=Lax' });
      await lab.try();
      await expect(lab.agreement).toContainText('6 of 6');
      expect(await cookieOf(context, cookieName(storage))).toEqual(before);
      await views.open();
      await expect(views.count).toHaveText('2');
    });
  }
});
