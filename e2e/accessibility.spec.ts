import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright/test';
import { expect, test } from './fixtures.ts';
import { allPages } from './pages/all-pages.ts';

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const looks = [
  { colorScheme: 'light', width: 390 },
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 390 },
  { colorScheme: 'dark', width: 1280 },
] as const;

for (const anyPage of allPages) {
  test(`${anyPage.title} passes axe and fits narrow screens`, async ({ page, problems }) => {
    // Colours that fade in are none that anybody reads.
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await anyPage.open(page, problems);

    for (const { colorScheme, width } of looks) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      // No page has frames, and without them axe needs no tab of its own.
      const { violations, passes } = await new AxeBuilder({ page }).withTags(WCAG).setLegacyMode().analyze();
      const found = violations.flatMap(({ id, help, nodes }) =>
        nodes.map(({ target }) => `${id} (${help}): ${target.join(' ')}`),
      );
      expect.soft(found, `${colorScheme}, ${width} px`).toEqual([]);
      expect(passes.length).toBeGreaterThan(10);
      await expectNoSidewaysScrolling(page, width);
    }
    // The narrowest that WCAG asks for (1.4.10 Reflow): 1280 px enlarged four times.
    await page.setViewportSize({ width: 320, height: 800 });
    await expectNoSidewaysScrolling(page, 320);
  });
}

async function expectNoSidewaysScrolling(page: Page, width: number): Promise<void> {
  const taken = await page.evaluate<number>('document.documentElement.scrollWidth');
  expect.soft(taken, `px taken of ${width}`).toBeLessThanOrEqual(width);
}
