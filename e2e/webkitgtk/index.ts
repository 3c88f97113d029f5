// The browser interface of flows in all engines, whether Playwright or WebDriver drives it.
export type { BrowserContext, Locator, Page, Response } from './api.ts';
export { expect, test } from './test.ts';
