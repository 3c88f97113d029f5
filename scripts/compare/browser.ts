import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { findBrowsers } from '../setup/engines.js';
import { type Client, replyOf } from './client.ts';

export interface Browser extends Client {
  /** Closes it and opens it again, with the same profile. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Chromium with a new profile on the disk. */
export async function openChromium(): Promise<Browser> {
  const found = findBrowsers().find(({ engine }) => engine === 'chromium');
  if (!found) throw new Error('Chromium is missing. Install it: node scripts/setup/all.js test');
  const { executablePath } = found;
  const profile = await mkdtemp(join(tmpdir(), 'compare-profile-'));
  const open = () => chromium.launchPersistentContext(profile, { executablePath, ignoreHTTPSErrors: true });
  let context = await open();
  return {
    get: async (url) => {
      const page = await context.newPage();
      const response = await page.goto(url);
      if (!response) throw new Error(`${url} gave no response`);
      const reply = replyOf(response.status(), await response.allHeaders(), await response.text());
      await page.close();
      return reply;
    },
    cookies: (url) => context.cookies(url),
    restart: async () => {
      await context.close();
      context = await open();
    },
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
