// Takes a picture of each page on a phone and on a desktop, light and dark, of an app that is running already:
//   npx tsx scripts/screenshots.ts <baseURL> <outDir> <path...>
// The pages of one look are visited in order and share their cookies. Ends with 1 if a page scrolls sideways.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser } from 'playwright';
import { findBrowsers } from './setup/engines.js';

const WIDTHS = [390, 1280];
const SCHEMES = ['light', 'dark'] as const;

const [baseURL, outDir, ...paths] = process.argv.slice(2);
if (baseURL === undefined || outDir === undefined || paths.length === 0) {
  console.error('Usage: npx tsx scripts/screenshots.ts <baseURL> <outDir> <path...>');
  process.exit(2);
}
const executablePath = findBrowsers().find(({ engine }) => engine === 'chromium')?.executablePath;
if (executablePath === undefined) {
  console.error('No Chromium found: run `npm test` once, which sets one up, or set CHROMIUM_PATH.');
  process.exit(1);
}

mkdirSync(outDir, { recursive: true });
const browser = await chromium.launch({ executablePath });
try {
  for (const width of WIDTHS) {
    for (const colorScheme of SCHEMES) await shoot(browser, { baseURL, outDir, paths, width, colorScheme });
  }
} finally {
  await browser.close();
}

interface Look {
  baseURL: string;
  outDir: string;
  paths: string[];
  /** CSS pixels. */
  width: number;
  colorScheme: 'light' | 'dark';
}

async function shoot(on: Browser, look: Look): Promise<void> {
  const { width, colorScheme } = look;
  // A phone's pixels are denser; without that its pictures would be too coarse to judge the type by.
  const deviceScaleFactor = width < 600 ? 2 : 1;
  const viewport = { width, height: width < 600 ? 844 : 800 };
  const context = await on.newContext({ baseURL: look.baseURL, viewport, colorScheme, deviceScaleFactor });
  const page = await context.newPage();
  for (const url of look.paths) {
    await page.goto(url, { waitUntil: 'load' });
    const file = path.join(look.outDir, `${nameOf(url)}-${width}-${colorScheme}.png`);
    await page.screenshot({ path: file, fullPage: true });
    console.log(file);

    const excess = await page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    if (excess <= 0) continue;
    console.error(`${url} scrolls sideways by ${excess} px at a width of ${width} px.`);
    process.exitCode = 1;
  }
  await context.close();
}

function nameOf(url: string): string {
  return url.replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '') || 'home';
}
