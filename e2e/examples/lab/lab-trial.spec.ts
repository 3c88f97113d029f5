import { expect, flow as test } from '../../fixtures.ts';
import { countPage } from '../../pages.ts';
import { cookieOf, SESSION_COOKIE } from '../../session-cookies.ts';
import { DROPPED, labPage } from './lab-page.ts';

/** This line is tried in all engines: Chromium and Firefox drop it, WebKitGTK sends the cookie. */
const ENGINES_DISAGREE = 'lab=1; Path=/; SameSite=None';

test.describe('a cookie that is tried', () => {
  test.beforeEach(({ problems }) => problems.allow(DROPPED));

  const lines = [
    ENGINES_DISAGREE,
    '__Host-lab=1; Path=/lab; Secure; SameSite=Lax',
    'lab-partitioned=1; Path=/; SameSite=None; Secure; Partitioned',
    'lab-value=ü "quoted"; SameSite=Lax',
  ];
  for (const line of lines) {
    test(
      `does in this browser what was predicted: ${line}`,
      { tag: line === ENGINES_DISAGREE ? '@engines' : [] },
      async ({ page, context }) => {
        const lab = labPage(page);
        await lab.open({ line });
        await lab.try();
        await expect(lab.places.filter({ hasText: 'no request' })).toHaveCount(0);
        await expect(lab.agreement).toHaveText('Prediction and browser agree in 6 of 6 places.');
        expect(await context.cookies()).toEqual([]);
      },
    );
  }

  test('is sent where it should be, and nowhere else; Back then leads to the lab', async ({ page }) => {
    const lab = labPage(page);
    await lab.open({ line: 'lab=1; Path=/; SameSite=Strict' });
    await lab.try();
    const seen = lab.places.getByRole('cell').filter({ hasText: /sent/ });
    const [here, notThere] = [
      ['sent: lab=1', 'sent: lab=1'],
      ['not sent', 'not sent'],
    ];
    await expect(seen).toHaveText([here, here, here, notThere, notThere, notThere].flat());
    await page.goBack();
    await expect(page).not.toHaveURL(/trial=/);
    await expect(lab.tryIt).toBeVisible();
  });

  test('replaces or leaves the one that the browser had', async ({ page, context }) => {
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

  test('deletes what an earlier trial left behind, and touches nothing else', async ({ page, context }) => {
    await countPage(page).open();
    const session = await cookieOf(context, SESSION_COOKIE);
    const left = { domain: 'localhost', path: '/lab', expires: -1, httpOnly: false, secure: false };
    await context.addCookies([
      { ...left, name: 'lab-left', value: 'x'.repeat(4000), sameSite: 'Lax' },
      { ...left, name: 'label', value: 'of another program', sameSite: 'Lax' },
    ]);
    const lab = labPage(page);
    await lab.open({ line: `${SESSION_COOKIE}=stolen; Path=/` });
    await expect(lab.tryIt).toHaveCount(0);
    await expect(lab.tried).toContainText('Rename it.');

    await lab.open({ line: 'lab=1; Path=/; SameSite=Lax; HttpOnly' });
    await lab.try();
    await expect(lab.agreement).toContainText('6 of 6');
    expect((await context.cookies()).map(({ name }) => name).toSorted()).toEqual(
      ['label', SESSION_COOKIE].toSorted(),
    );
    expect(await cookieOf(context, SESSION_COOKIE)).toEqual(session);
  });
});
