import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright/test';
import { expect, test } from './fixtures.ts';
import type { Problems } from './problems.ts';
import { visit } from './pages.ts';

/** A page in a state with a look of its own. */
export interface AnyPage {
  title: string;
  open(page: Page, problems: Problems): Promise<unknown>;
}

export const at = (path: string): AnyPage => ({ title: path, open: (page) => visit(page, path) });

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** The rules that colours and width can break: the markup is the same, and no width hides anything. */
const OF_LOOKS = ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable', 'target-size'];
const looks = [
  { colorScheme: 'light', width: 390, isAll: true },
  { colorScheme: 'dark', width: 1280, isAll: false },
] as const;
/** Whether all pages are tested in all looks. Otherwise only the first is: it has most of the colours. */
const all = process.env['E2E'] === 'all';

/** A test for each page: it passes axe, and fits narrow screens. */
export function expectAccessible(pages: readonly AnyPage[]): void {
  for (const [nth, anyPage] of pages.entries()) {
    test(`${anyPage.title} passes axe and fits narrow screens`, async ({ page, problems }) => {
      await anyPage.open(page, problems);

      for (const { colorScheme, width, isAll } of all || nth === 0 ? looks : looks.slice(0, 1)) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 800 });
        // No page has frames, so axe needs no tab of its own.
        const axe = new AxeBuilder({ page }).setLegacyMode();
        const { violations, passes } = await (isAll ? axe.withTags(WCAG) : axe.withRules(OF_LOOKS)).analyze();
        const found = violations.flatMap(({ id, help, nodes }) =>
          nodes.map(({ target }) => `${id} (${help}): ${target.join(' ')}`),
        );
        expect.soft(found, `${colorScheme}, ${width} px`).toEqual([]);
        expect(passes.length).toBeGreaterThan(isAll ? 5 : 0);
        await expectNoSidewaysScrolling(page, width);
      }
      // The narrowest width that WCAG requires (1.4.10 Reflow): 1280 px at a zoom of 400 %.
      await page.setViewportSize({ width: 320, height: 800 });
      await expectNoSidewaysScrolling(page, 320);
    });
  }
}

async function expectNoSidewaysScrolling(page: Page, width: number): Promise<void> {
  const taken = await page.evaluate<number>('document.documentElement.scrollWidth');
  expect.soft(taken, `px taken of ${width}`).toBeLessThanOrEqual(width);
}
