import type { PlaywrightWorkerOptions } from 'playwright/test';

// Where an engine does otherwise than the others, and why. All other expectations hold in each of them.

type Engine = PlaywrightWorkerOptions['browserName'];

/** WebKit looks at `Clear-Site-Data` in the answer that it shows alone, and a logout answers with a redirect. */
export function clearsSiteDataOnRedirect(engine: Engine): boolean {
  return engine !== 'webkit';
}
