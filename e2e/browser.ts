// The browser interface of the page objects and the flows. package.json says what drives the browser.
export { type BrowserContext, expect, type Locator, type Page, type Response, test } from '#browser';
