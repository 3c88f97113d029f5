import type { Page } from '../../browser.ts';
import type { Storage } from '../../fixtures.ts';
import { visit } from '../../pages.ts';

/** The remember me example. */
export function rememberPage(page: Page, storage: Storage) {
  const path = `/${storage}/remember`;
  const start = page.getByRole('button', { name: 'Start a session' });
  return {
    path,
    /** To be seen as long as there is no session. */
    start,
    /** 'You chose to be kept for …' or 'You chose not to be kept.' */
    choice: page.getByTestId('choice'),
    /** The moment at which the session ends, as a `<time>`. */
    end: page.getByTestId('end').getByRole('time'),
    visit: () => visit(page, path),
    /** Opens the page and starts a session there. */
    async begin({ isRemembered }: { isRemembered: boolean }): Promise<void> {
      await visit(page, path);
      await page.getByRole('checkbox', { name: /^Keep me for/ }).setChecked(isRemembered);
      await start.click();
      await page.getByTestId('choice').waitFor();
    },
    endSession: () => page.getByRole('button', { name: 'End this session' }).click(),
  };
}
