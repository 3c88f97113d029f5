import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser as Chromium, type BrowserContext, chromium } from 'playwright';
import { findBrowsers } from '../setup/engines.js';
import { resultIn } from './client.ts';

/** As much of a browser as the cases need. */
export interface Browser {
  /** Opens the page and gives what its handler gave. */
  look(url: string): Promise<unknown>;
  /** Names of the cookies that it has. */
  cookies(): Promise<string[]>;
  close(): Promise<void>;
}

export interface Browsers {
  /** One with no cookies. */
  open(): Promise<Browser>;
  /** One whose cookies are on the disk. Close it, and `start` it again: it was restarted. */
  profile(): Promise<{ start(): Promise<Browser>; dispose(): Promise<void> }>;
  close(): Promise<void>;
}

/** Chromium, Playwright's own or the system's. */
export function chromiums(): Browsers {
  let running: Chromium | undefined;
  return {
    open: async () => {
      running ??= await chromium.launch(launchOptions());
      return browserOf(await running.newContext({ ignoreHTTPSErrors: true }));
    },
    profile: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'compare-profile-'));
      return {
        start: async () => browserOf(await chromium.launchPersistentContext(folder, launchOptions())),
        dispose: () => rm(folder, { recursive: true, force: true }),
      };
    },
    close: async () => running?.close(),
  };
}

function browserOf(context: BrowserContext): Browser {
  return {
    look: async (url) => {
      const page = await context.newPage();
      const response = await page.goto(url);
      const body = await response?.text();
      await page.close();
      return resultIn(body ?? '');
    },
    cookies: async () => (await context.cookies()).map(({ name }) => name),
    close: () => context.close(),
  };
}

function launchOptions(): { executablePath: string } {
  const found = findBrowsers().find(({ engine }) => engine === 'chromium');
  if (found === undefined) throw new Error('there is no Chromium: node scripts/setup/all.js test');
  return { executablePath: found.executablePath };
}
