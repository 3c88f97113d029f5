import { expect, type Page } from 'playwright/test';
import { visit } from './visit.ts';

/** The cookie lab. */
export function labPage(page: Page) {
  const prediction = page.getByRole('region', { name: 'What becomes of it' }).last();
  const explain = page.getByRole('button', { name: 'Explain' });
  const tryIt = page.getByRole('button', { name: 'Try it' });
  return {
    line: page.getByLabel('Set-Cookie'),
    /** The line as the server would send it. */
    sent: page.getByRole('group', { name: 'The line as it is sent' }),
    compose: page.getByRole('button', { name: 'Compose' }),
    tryIt,
    /** Why a line is not tried, or what a trial has shown. */
    tried: page.getByRole('region', { name: 'Try it in this browser' }).first(),
    agreement: page.locator('[data-trial]'),
    /** What came of a trial, place by place. */
    places: page.locator('[data-place]'),
    /** The cells of a row: one if all rules agree, else one for each, the RFC first. */
    row: (name: string | RegExp) =>
      prediction
        .getByRole('row')
        .filter({ has: page.getByRole('rowheader', { name }) })
        .getByRole('cell'),
    open: (query: Record<string, string> = {}) => visit(page, `/lab?${String(new URLSearchParams(query))}`),
    /** Pastes a line, and the address that it is for, if it is another than the lab's own. */
    async explain(text: string, url?: string): Promise<void> {
      await page.getByLabel('Set-Cookie').fill(text);
      if (url !== undefined) await page.getByLabel('Address of the response').fill(url);
      await explain.click();
    },
    /** The links that fill the form with a classic mistake, or with its fix. */
    mistake: (title: string, which: 'See it' | 'The fix') =>
      page
        .getByRole('listitem')
        .filter({ has: page.getByRole('heading', { name: title, exact: true }) })
        .getByRole('link', { name: which }),
    /** Sends the cookie on its way and waits until what came of it is shown. */
    async try(): Promise<void> {
      await tryIt.click();
      await expect(page.locator('[data-trial]')).toBeVisible();
    },
  };
}
