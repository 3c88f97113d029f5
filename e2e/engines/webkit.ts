import type { PlaywrightTestProject } from 'playwright/test';
import type { Found } from '../../scripts/setup/engines.js';

/** WebKit, if it is installed: Playwright's own or WebKitGTK. */
export function webkit(found: Found[]): PlaywrightTestProject<object, { webkitgtk: boolean }>[] {
  const browsers = found.filter(({ engine }) => engine === 'webkit' || engine === 'webkitgtk');
  return browsers.map(({ engine }) => ({
    name: 'webkit',
    // Only the flows: they use only what both WebKits can do.
    testMatch:
      /\/(views|login|logout|rolling|renew|restart|rotation|lab-trial|cookie-cases|webkitgtk)\.spec\.ts$/,
    use: { browserName: 'webkit', webkitgtk: engine === 'webkitgtk' },
  }));
}
