// What the page objects and the flows know of a browser. package.json says what drives it.
export { type BrowserContext, expect, type Locator, type Page, type Response, test } from '#browser';
