import { expect, flow as test, storages } from '../../fixtures.ts';
import { DROPPED, labPage } from './lab-page.ts';
import { viewsPage } from '../views/views-page.ts';
import { exampleCookie } from '../example-cookies.ts';
import { cookieOf } from '../../session-cookies.ts';

/** The one that runs in all: Chromium and Firefox drop it, and WebKitGTK sends it wherever it sends any. */
const ENGINES_DISAGREE = 'lab=1; Path=/; SameSite=None';

test.describe('a cookie that is tried', () => {
  test.beforeEach(({ problems }) => problems.allow(DROPPED));

  const lines = [
    'lab=1; Path=/; SameSite=Lax; HttpOnly',
    'lab=1; Path=/; SameSite=Strict; Max-Age=3600',
    ENGINES_DISAGREE,
    '__Host-lab=1; Path=/lab; Secure; SameSite=Lax',
    `lab=${'x'.repeat(4094)}; Path=/; SameSite=Lax`,
    'lab-partitioned=1; Path=/; SameSite=None; Secure; Partitioned',
    'lab-value=ü "quoted"; SameSite=Lax',
  ];
  for (const line of lines) {
    test(
      `does in this browser what was predicted: ${line.slice(0, 70)}`,
      { tag: line === ENGINES_DISAGREE ? '@engines' : [] },
      async ({ page, context }) => {
        const lab = labPage(page);
        await lab.open({ line });
        await lab.try();
        await expect(lab.places.filter({ hasText: 'not heard of' })).toHaveCount(0);
        await expect(lab.agreement).toHaveText('Prediction and browser agree in 6 of 6 places.');
        expect(await context.cookies()).toEqual([]);
      },
    );
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

  test('removes what an earlier trial left behind, and nothing else', async ({ page, context }) => {
    const left = { domain: 'localhost', path: '/lab', expires: -1, httpOnly: false, secure: false };
    await context.addCookies([
      { ...left, name: 'lab-left', value: 'x'.repeat(4000), sameSite: 'Lax' },
      { ...left, name: 'label', value: 'of another program', sameSite: 'Lax' },
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
      const before = await cookieOf(context, exampleCookie(storage));
      const lab = labPage(page);
      await lab.open({ line: `${exampleCookie(storage)}=stolen; Path=/` });
      await expect(lab.tryIt).toHaveCount(0);
      await expect(lab.tried).toContainText('Rename it.');

      await lab.open({ line: 'lab=1; Path=/; SameSite=Lax' });
      await lab.try();
      await expect(lab.agreement).toContainText('6 of 6');
      expect(await cookieOf(context, exampleCookie(storage))).toEqual(before);
      await views.open();
      await expect(views.count).toHaveText('2');
    });
  }
});
