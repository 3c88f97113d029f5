import type { Page, Response } from '../../browser.ts';
import type { Storage } from '../../fixtures.ts';
import { sending, visit } from '../../pages.ts';

/** The flash message example. */
export function flashPage(page: Page, storage: Storage) {
  const path = `/${storage}/flash`;
  const field = page.getByLabel('Message');
  return {
    path,
    field,
    /** The message, where there is one. */
    message: page.getByRole('main').getByRole('status'),
    open: () => visit(page, path),
    async send(text: string): Promise<Response> {
      await field.fill(text);
      return sending(page, () => page.getByRole('button', { name: 'Send' }).click());
    },
  };
}
