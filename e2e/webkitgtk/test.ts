import { writeFile } from 'node:fs/promises';
import { test as base, type TestInfo } from 'playwright/test';
import type { WebKitGtkContext } from './context.ts';

export { expect } from './expect.ts';

interface TestFixtures {
  /** Sets the base of relative addresses for WebKitGTK, as Playwright does for its own browsers. */
  relativeAddresses: void;
}

interface WorkerFixtures {
  /** Whether WebKit is WebKitGTK, driven by WebDriver, and not Playwright's own. */
  webkitgtk: boolean;
}

let baseURL: string | undefined;
let running: TestInfo | undefined;

/** Playwright's `test`, in which `webkit` can be WebKitGTK. */
export const test = base.extend<TestFixtures, WorkerFixtures>({
  webkitgtk: [false, { option: true, scope: 'worker' }],

  playwright: [
    async ({ playwright, webkitgtk }, use) => {
      if (!webkitgtk) {
        await use(playwright);
        return;
      }
      const { startWebKitGtk } = await import('./launch.ts');
      const { createBrowserType } = await import('./browser-type.ts');
      const engine = await startWebKitGtk();
      const browserType = createBrowserType(engine, () => ({ baseURL, beforeClose: attachScreenshots }));
      const webkit = Object.assign(Object.create(playwright.webkit), browserType);
      await use(Object.create(playwright, { webkit: { value: webkit } }));
      await engine.close();
    },
    { scope: 'worker' },
  ],

  relativeAddresses: [
    async ({ baseURL: current }, use, info) => {
      baseURL = current;
      running = info;
      await use();
      baseURL = undefined;
      running = undefined;
    },
    { auto: true },
  ],

  // Playwright's own fixture uses internals that WebKitGTK does not have.
  context: async ({ browser }, use) => {
    const context = await browser.newContext();
    await use(context);
    await context.close();
  },
});

/** Attaches screenshots to a failed test, as Playwright does for its own browsers. */
async function attachScreenshots(context: WebKitGtkContext): Promise<void> {
  // A browser that belongs to a worker ends when no test runs.
  const info = running;
  if (info === undefined || info.status === info.expectedStatus) return;
  for (const [index, page] of context.openPages().entries()) {
    const path = info.outputPath(`screenshot-${index + 1}.png`);
    await writeFile(path, await page.screenshot());
    info.attachments.push({ name: 'screenshot', path, contentType: 'image/png' });
  }
}
