// What the page objects and the flows know of a browser, whoever drives it.
export type { BrowserContext, Locator, Page, Response } from './webkitgtk/api.ts';
export { expect, test } from './webkitgtk/test.ts';
