import { test as base } from 'playwright/test';
import { createBrowserType } from './browser-type.ts';
import { startWebKitGtk } from './launch.ts';

export { expect } from './expect.ts';

interface TestFixtures {
  /** Attaches what the pages show to the report of a test that fails. */
  defaults: void;
}

interface WorkerFixtures {
  /** Whether WebKit is WebKitGTK, driven by WebDriver, instead of Playwright's own. */
  webkitgtk: boolean;
}

let baseURL: string | undefined;

/** Playwright's `test`, to which WebKitGTK can be what `webkit` is. */
export const test = base.extend<TestFixtures, WorkerFixtures>({
  webkitgtk: [false, { option: true, scope: 'worker' }],

  playwright: [
    async ({ playwright, webkitgtk }, use) => {
      if (!webkitgtk) {
        await use(playwright);
        return;
      }
      const engine = await startWebKitGtk();
      const webkit = Object.assign(
        Object.create(playwright.webkit),
        createBrowserType(engine, () => ({ baseURL })),
      );
      await use(Object.create(playwright, { webkit: { value: webkit } }));
      await engine.close();
    },
    { scope: 'worker' },
  ],

  defaults: [
    async ({ baseURL: current }, use) => {
      baseURL = current;
      await use();
      baseURL = undefined;
    },
    { auto: true },
  ],

  // Playwright's own looks into a browser for what WebKitGTK has not got.
  context: async ({ browser }, use) => {
    const context = await browser.newContext();
    await use(context);
    await context.close();
  },
});
