// Starts an app and takes the picture of the README, docs/screenshot-views.png: npx tsx scripts/screenshots.ts
import { join } from 'node:path';
import { chromium } from 'playwright';
import { startApp } from '../e2e/app-server.ts';
import config from '../playwright.config.ts';

const PICTURE = join(import.meta.dirname, '..', 'docs', 'screenshot-views.png');

const app = await startApp({});
// The set-up has found out how it starts here.
const browser = await chromium.launch(config.projects?.[0]?.use?.launchOptions);
try {
  const visitor = await browser.newPage({ baseURL: app.url, viewport: { width: 1280, height: 860 } });
  for (let visit = 1; visit <= 3; visit += 1) await visitor.goto('/memory/views');
  await visitor.screenshot({ path: PICTURE });
} finally {
  await browser.close();
  await app.close();
}
