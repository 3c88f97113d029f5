// The tests in all engines: those of an app, whose configuration this extends, and those of this repository.
import { defineConfig } from 'playwright/test';
import { findBrowsers } from '../../scripts/setup/engines.js';
import app from '../../playwright.config.ts';
import { firefox } from './firefox.ts';
import { webkit } from './webkit.ts';

// Sessions can live in all of these here. The workers inherit it.
process.env['E2E_STORAGES'] ??= 'memory,cookie,redis';

const found = findBrowsers();

/**
 * Which tests run in the engines beside Chromium: page views, login, logout, rolling, renew and restart, and where engines
 * differ, on one storage. What the server decides is the same for all; tried once more it would cost minutes, most of them
 * for the start of processes. With E2E=all each engine runs all tests that it can, as `npm run test:all` has it.
 *
 * One worker per engine: each worker starts its own browser.
 */
const engineTests = process.env['E2E'] === 'all' ? {} : { grep: /@engines/, workers: 1 };

// What drives WebKitGTK is tested where WebKit is.
const withoutWebKitGtk = { testIgnore: /\/webkitgtk\// };

export default defineConfig({
  ...app,
  testDir: '..',
  outputDir: '../../test-results/e2e',
  reporter: [['list'], ['./reporter.ts'], ['json', { outputFile: '../../test-results/e2e.json' }]],
  // The slow ones begin, so that none is left alone at the end.
  projects: [
    ...firefox(found).map((project) => ({ ...engineTests, ...withoutWebKitGtk, ...project })),
    ...webkit(found).map((project) => ({ ...engineTests, ...project })),
    ...(app.projects ?? []).map((project) => ({ ...withoutWebKitGtk, ...project })),
  ],
});
