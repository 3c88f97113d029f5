import { existsSync, readFileSync } from 'node:fs';
import { defineConfig, type LaunchOptions } from 'playwright/test';
import type { EngineOptions } from './e2e/fixtures.ts';

/** How the set-up found that Chromium starts here; without it Playwright's own is taken. */
interface Chromium {
  launch: LaunchOptions;
  /** The whole browser: a headless shell keeps no pages. */
  full: LaunchOptions;
}

const noted = new URL('node_modules/.cache/chromium.json', import.meta.url);
const chromium: Chromium = existsSync(noted)
  ? (JSON.parse(readFileSync(noted, 'utf8')) as Chromium)
  : { launch: {}, full: { channel: 'chromium' } };

/** All names are this machine, so that tests can use any, and nothing else is reached, whatever a page asks for. */
const args = ['--host-resolver-rules=MAP * 127.0.0.1'];

export default defineConfig<object, EngineOptions>({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  // Of its own, because Playwright empties it before a run, and the reports stand beside it.
  outputDir: 'test-results/e2e',
  fullyParallel: true,
  forbidOnly: Boolean(process.env['CI']),
  // A test that passes at the second attempt has found something.
  retries: 0,
  // These are against what hangs. On a busy machine a start of a browser takes half a minute.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  // A test waits for its browser half of the time: on two cores three of them are done sooner than two.
  workers: '150%',
  reporter: [['list'], ['json', { outputFile: 'test-results/e2e.json' }]],
  // A trace would cost a tenth of the time; `npx playwright test --trace on` makes one.
  // A small page costs a tenth less CPU to draw, and no width hides anything.
  use: { screenshot: 'only-on-failure', viewport: { width: 640, height: 480 } },
  // No webServer: the fixtures start the app inside the worker, on a free port.
  projects: [
    {
      name: 'chromium',
      use: {
        browserName: 'chromium',
        launchOptions: { ...chromium.launch, args },
        keepingPages: { ...chromium.full, args, ignoreDefaultArgs: ['--disable-back-forward-cache'] },
      },
    },
  ],
});
