import { expect, type Page } from '../../browser.ts';
import type { Storage } from '../../fixtures.ts';
import { visit } from '../../pages.ts';

/** The key rotation example. */
export function rotationPage(page: Page, storage: Storage) {
  const path = `/${storage}/rotation`;
  const newestKey = page.getByTestId('newest-key');
  return {
    path,
    /** What became of the cookie. */
    cookie: page.getByRole('main').getByRole('status'),
    /** When the session began. */
    begun: page.getByTestId('begun'),
    /** How many keys open. */
    keys: page.getByTestId('keys'),
    newestKey,
    visit: () => visit(page, path),
    /** Rotates the keys and waits for the page that follows, which is this one again. */
    async rotate(): Promise<void> {
      const former = (await newestKey.textContent()) ?? '';
      await page.getByRole('button', { name: 'Rotate keys' }).click();
      await expect(newestKey).not.toHaveText(former);
    },
  };
}
