import type { Page } from './browser.ts';
import { visit } from './visit.ts';

/** The page of the tests, which counts in the session of the app. */
export function countPage(page: Page) {
  return {
    count: page.getByTestId('count'),
    /** 'store', 'cookie' or 'outage' */
    place: page.getByTestId('place'),
    open: () => visit(page, '/count'),
  };
}
