import { type BrowserContext, expect } from '../browser.ts';
import { type Clock, SECOND } from '../app-server.ts';
import type { Storage } from '../fixtures.ts';
import { cookieOf, fullName } from '../session-cookies.ts';

/** The name of an example's cookie on a storage. @param example one with its own session; all others share one */
export function exampleCookie(storage: Storage, example = 'examples'): string {
  return fullName(`${example}-${storage}`);
}

/** How long the browser keeps a cookie, in ms. It counts Max-Age on its own clock. */
export async function lifeOf(context: BrowserContext, name: string): Promise<number> {
  const cookie = await cookieOf(context, name);
  if (cookie === undefined) throw new Error(`The browser holds no cookie ${name}.`);
  return cookie.expires * SECOND - Date.now();
}

/**
 * Browsers correct an expiry by the difference to the server's clock. That adds up to a second, the precision of `Date`,
 * and the time that the response took, which is no longer than the test has taken so far.
 */
export function expectAbout(ms: number, wanted: number, clock: Clock): void {
  const slack = Math.min(2 * SECOND + clock.sinceStart(), 9 * SECOND);
  expect(ms).toBeGreaterThan(wanted - slack);
  expect(ms).toBeLessThan(wanted + slack);
}
