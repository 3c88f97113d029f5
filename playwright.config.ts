import { defineConfig } from 'playwright/test';
import { projects } from './e2e/engines.ts';
import type { EngineOptions } from './e2e/fixtures.ts';

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
  reporter: [['list'], ['./e2e/engines-reporter.ts'], ['json', { outputFile: 'test-results/e2e.json' }]],
  // A trace would cost a tenth of the time; `npx playwright test --trace on` makes one.
  // A small page costs a tenth less CPU to draw, and no width hides anything.
  use: { screenshot: 'only-on-failure', viewport: { width: 640, height: 480 } },
  // No webServer: the fixtures start the app inside the worker, on a free port.
  projects,
});
