import { expect, type Page } from '../../browser.ts';
import type { Storage } from '../../fixtures.ts';
import { visit } from '../../pages.ts';

/** The race example. */
export function racePage(page: Page, storage: Storage) {
  const path = `/${storage}/race`;
  const start = page.getByRole('button', { name: 'Start the race' });
  return {
    path,
    start,
    /** How many of the changes are in the session. */
    result: page.getByRole('main').getByRole('status'),
    open: () => visit(page, path),
    /** Starts it and waits until its result is there. */
    async run(): Promise<void> {
      await start.click();
      await expect(start).toHaveAttribute('aria-disabled', 'false');
    },
    reset: () => page.getByRole('button', { name: 'Reset' }).click(),
  };
}
