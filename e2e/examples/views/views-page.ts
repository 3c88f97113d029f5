import type { Page } from '../../browser.ts';
import type { Storage } from '../../fixtures.ts';
import { visit } from '../../pages.ts';

/** The page-views example. */
export function viewsPage(page: Page, storage: Storage) {
  const path = `/${storage}/views`;
  return {
    path,
    count: page.getByTestId('views'),
    open: () => visit(page, path),
    lookAgain: () => page.getByRole('link', { name: 'Look again' }).click(),
    end: () => page.getByRole('button', { name: 'End this session' }).click(),
  };
}
