import type { Page } from '../browser.ts';
import type { Storage } from '../fixtures.ts';
import { visit } from '../pages.ts';

/** The rolling and the renew example: a session of one minute, and what becomes of it. */
export function lifetimePage(page: Page, storage: Storage, example: 'rolling' | 'renew') {
  const path = `/${storage}/${example}`;
  return {
    path,
    /** 'Your session has just begun.' or 'Your session is 10 seconds old.' */
    age: page.getByTestId('age'),
    visit: () => visit(page, path),
    end: () => page.getByRole('button', { name: 'End this session' }).click(),
  };
}
