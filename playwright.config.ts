import { existsSync } from 'node:fs';
import { chromium, defineConfig, webkit } from 'playwright/test';
import { downloadOf, findChromium } from './scripts/browsers.js';

const executablePath = findChromium(downloadOf(chromium));
if (executablePath === undefined) {
  throw new Error(
    'There is no Chromium to test with. `npm test` finds or installs one; alone: node scripts/setup.js test',
  );
}

export default defineConfig<object, { webkitgtk: boolean }>({
  testDir: 'e2e',
  // Of its own, because Playwright empties it before a run, and the reports stand beside it.
  outputDir: 'test-results/e2e',
  fullyParallel: true,
  forbidOnly: Boolean(process.env['CI']),
  // A test that passes at the second attempt has found something.
  retries: 0,
  // A test waits for its browser half of the time: on two cores three of them are done sooner than two.
  workers: '150%',
  reporter: [['list'], ['json', { outputFile: 'test-results/e2e.json' }]],
  // A trace would cost a tenth of the time; `npx playwright test --trace on` makes one.
  use: { screenshot: 'only-on-failure' },
  // No webServer: the fixtures start the app inside the worker, on a free port.
  projects: [
    {
      name: 'chromium',
      testIgnore: /\/webkitgtk\//,
      use: {
        browserName: 'chromium',
        launchOptions: {
          executablePath,
          // *.test makes sites of their own out of this machine; nothing else is reached, whatever a page asks for.
          args: [
            '--host-resolver-rules=MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
          ],
        },
      },
    },
    {
      name: 'webkit',
      // The flows alone: they keep to what both WebKits can do.
      testMatch: /\/(views|login|logout|rolling|renew|restart|rotation|webkitgtk)\.spec\.ts$/,
      use: { browserName: 'webkit', webkitgtk: !existsSync(downloadOf(webkit) ?? '') },
    },
  ],
});
