// What flows in all engines know of a browser, whether Playwright or WebDriver drives it.
export type { BrowserContext, Locator, Page, Response } from './api.ts';
export { expect, test } from './test.ts';
