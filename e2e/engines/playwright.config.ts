// Runs the tests in all engines: those of an app, whose configuration this extends, and those of this repository.
import { defineConfig } from 'playwright/test';
import { findBrowsers } from '../../scripts/setup/engines.js';
import app from '../../playwright.config.ts';
import { firefox } from './firefox.ts';
import { webkit } from './webkit.ts';

// All storages are tested here. The workers inherit the variable.
process.env['E2E_STORAGES'] ??= 'memory,cookie,redis';

const found = findBrowsers();

/**
 * Which tests run in the engines beside Chromium: page views, login, logout, rolling, renew, restart, and cases in which
 * engines differ, on one storage. The server decides the same for all engines, and running the rest again would take
 * minutes. With E2E=all each engine runs all tests that it can, as in `npm run test:all`.
 *
 * One worker per engine: each worker starts its own browser.
 */
const engineTests = process.env['E2E'] === 'all' ? {} : { grep: /@engines/, workers: 1 };

// The tests of the WebKitGTK driver run only in WebKit.
const withoutWebKitGtk = { testIgnore: /\/webkitgtk\// };

export default defineConfig({
  ...app,
  testDir: '..',
  outputDir: '../../test-results/e2e',
  reporter: [['list'], ['./reporter.ts'], ['json', { outputFile: '../../test-results/e2e.json' }]],
  // The slow engines come first, so that they do not run alone at the end.
  projects: [
    ...firefox(found).map((project) => ({ ...engineTests, ...withoutWebKitGtk, ...project })),
    ...webkit(found).map((project) => ({ ...engineTests, ...project })),
    ...(app.projects ?? []).map((project) => ({ ...withoutWebKitGtk, ...project })),
  ],
});
