import type { Page } from '../browser.ts';

/** The inspector beside each example. */
export function inspector(page: Page) {
  const root = page.getByRole('complementary', { name: 'Inspector' });
  const section = (heading: string) =>
    root.locator('section', { has: page.getByRole('heading', { name: heading, level: 3 }) });
  return {
    root,
    /** Storage and state: 'Memory', 'existing'. */
    tags: root.locator('.tag'),
    data: section('Data'),
    ends: section('Ends'),
    countdown: root.locator('[data-countdown]'),
    setCookie: section('Set-Cookie'),
    /** The explained line of one cookie. */
    cookie: (name: string) => root.locator(`[data-cookie="${name}"]`),
    /** The events of this request. */
    events: root.locator('[data-event] code'),
    /** Earlier requests of this tab. */
    log: root.getByRole('list', { name: 'Earlier requests' }),
    codeLinks: section('Code').getByRole('link'),
  };
}
