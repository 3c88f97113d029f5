import { type BrowserContext, expect } from '../browser.ts';
import { type Clock, SECOND } from '../app-server.ts';
import type { Storage } from '../fixtures.ts';
import { cookieOf, fullName } from '../session-cookies.ts';

/** The name of an example's cookie on a storage. @param example that has a session of its own; all others share one */
export function exampleCookie(storage: Storage, example = 'examples'): string {
  return fullName(`${example}-${storage}`);
}

/** How long the browser keeps a cookie, by the server's clock: it goes by Max-Age, on a clock of its own. In ms. */
export async function lifeOf(context: BrowserContext, name: string): Promise<number> {
  const cookie = await cookieOf(context, name);
  if (cookie === undefined) throw new Error(`The browser holds no cookie ${name}.`);
  return cookie.expires * SECOND - Date.now();
}

/**
 * Browsers move an expiry by what the server's clock seems to be off: by up to a second, of which `Date` says nothing,
 * and by how long the answer took. That is no longer than the test has taken so far.
 */
export function expectAbout(ms: number, wanted: number, clock: Clock): void {
  const slack = Math.min(2 * SECOND + clock.sinceStart(), 9 * SECOND);
  expect(ms).toBeGreaterThan(wanted - slack);
  expect(ms).toBeLessThan(wanted + slack);
}
