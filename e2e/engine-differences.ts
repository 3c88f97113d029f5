import type { PlaywrightWorkerOptions } from 'playwright/test';

// Where an engine does otherwise than the others, and why. All other expectations hold in each of them.

type Engine = PlaywrightWorkerOptions['browserName'];

/** WebKit looks at `Clear-Site-Data` in the answer that it shows alone, and a logout answers with a redirect. */
export function clearsSiteDataOnRedirect(engine: Engine): boolean {
  return engine !== 'webkit';
}

/** Firefox keeps no page for Back that was sent with `no-store`; the others do, until the cookies change. */
export function keepsNoStorePages(engine: Engine): boolean {
  return engine !== 'firefox';
}

/** What it is called by who only knows its User-Agent. */
export const BRAND = { chromium: 'Chrome', firefox: 'Firefox', webkit: 'Safari' } as const;
