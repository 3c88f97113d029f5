import { expect, type Page } from '../../browser.ts';
import { MINUTE } from '../../app-server.ts';
import { visit } from '../../pages.ts';

/** In each trial the browser drops some lines, if only of the deletions. Firefox logs that as an error of the page. */
export const DROPPED = /Cookie “(?:__\w+-)?lab[^”]*” (?:has been )?rejected/;

/** The cookie lab. */
export function labPage(page: Page) {
  const prediction = page.getByRole('region', { name: 'What browsers do with it' }).last();
  const explain = page.getByRole('button', { name: 'Explain' });
  const agreement = page.locator('[data-trial]');
  const tryIt = page.getByRole('button', { name: 'Try it' });
  return {
    line: page.getByLabel('Set-Cookie'),
    /** The line as the server would send it. */
    sent: page.getByRole('group', { name: 'The line as it is sent' }),
    compose: page.getByRole('button', { name: 'Compose' }),
    tryIt,
    /** Why a line cannot be tried, or the result of a trial. */
    tried: page.getByRole('region', { name: 'Try it in this browser' }).first(),
    agreement,
    /** The result of a trial, place by place. */
    places: page.locator('[data-place]'),
    /** The cells of a row: one if the RFC and all engines agree, else one for each, the RFC first. */
    row: (name: string | RegExp) =>
      prediction.locator('tr', { has: page.getByRole('rowheader', { name }) }).getByRole('cell'),
    open: (query: Record<string, string> = {}) => visit(page, `/lab?${String(new URLSearchParams(query))}`),
    /** Pastes a line, and the address of its response unless that is the lab's own. */
    async explain(text: string, url?: string): Promise<void> {
      await page.getByLabel('Set-Cookie').fill(text);
      if (url !== undefined) await page.getByLabel('Address of the response').fill(url);
      await explain.click();
    },
    /** The links that fill the form with a classic mistake, or with its fix. */
    mistake: (title: string, which: 'See it' | 'The fix') =>
      page
        .locator('li', { has: page.getByRole('heading', { name: title, exact: true }) })
        .getByRole('link', { name: which }),
    /** Tries the cookie and waits for the result. */
    async try(): Promise<void> {
      await tryIt.click();
      // About twenty requests, one at a time: longer than an expectation waits.
      await expect(agreement).toContainText('Prediction and browser', { timeout: MINUTE });
    },
  };
}
