import type { PlaywrightTestProject } from 'playwright/test';
import { engineTests } from './engine-tests.ts';
import type { EngineOptions } from './fixtures.ts';
import { foundBrowsers } from './found-browsers.ts';

/** WebKit, where there is one: Playwright's own or WebKitGTK. */
export const webkit: PlaywrightTestProject<object, EngineOptions & { webkitgtk: boolean }>[] = foundBrowsers
  .filter(({ engine }) => engine === 'webkit' || engine === 'webkitgtk')
  .map(({ engine }) => ({
    name: 'webkit',
    ...engineTests,
    // The flows alone: they keep to what both WebKits can do.
    testMatch:
      /\/(views|login|logout|rolling|renew|restart|rotation|lab-trial|cookie-cases|webkitgtk)\.spec\.ts$/,
    use: { browserName: 'webkit', webkitgtk: engine === 'webkitgtk' },
  }));
