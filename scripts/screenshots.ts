// Starts an app and takes the pictures of the README, docs/screenshot-*.png: npx tsx scripts/screenshots.ts
import { join } from 'node:path';
import { type BrowserContextOptions, chromium } from 'playwright';
import { startApp } from '../e2e/app-server.ts';
import { logIn } from '../e2e/pages.ts';
import config from '../playwright.config.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0';

const app = await startApp({});
// The set-up has found out how it starts here.
const browser = await chromium.launch(config.projects?.[0]?.use?.launchOptions);
const context = (options: BrowserContextOptions) => browser.newContext({ baseURL: app.url, ...options });
const picture = (name: string) => join(import.meta.dirname, '..', 'docs', `screenshot-${name}.png`);
try {
  const visitor = await (await context({ viewport: { width: 1280, height: 860 } })).newPage();
  for (let visit = 1; visit <= 3; visit += 1) await visitor.goto('/memory/views');
  await visitor.screenshot({ path: picture('views') });

  await logIn(await context({ userAgent: FIREFOX }));
  const user = await context({ viewport: { width: 1280, height: 1000 }, colorScheme: 'dark' });
  await logIn(user);
  const account = await user.newPage();
  await account.goto('/account');
  await account.screenshot({ path: picture('account') });
} finally {
  await browser.close();
  await app.close();
}
