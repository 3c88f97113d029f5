import { findBrowsers } from '../scripts/browsers.js';

/** What this machine has to test in. Asked for once, since it may take long where one does not start. */
export const foundBrowsers = findBrowsers();
