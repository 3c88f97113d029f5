import { type BrowserContext, expect } from '../browser.ts';
import { type Clock, SECOND } from '../app-server.ts';
import type { Storage } from '../fixtures.ts';
import { cookieOf, fullName } from '../session-cookies.ts';

/** The examples that have a session of their own; `examples` is the one that all others share. */
type SessionName = 'examples' | 'rolling' | 'renew' | 'remember' | 'race' | 'rotation';

/** The name of the cookie of an example on a storage. */
export function exampleCookie(storage: Storage, example: SessionName = 'examples'): string {
  return fullName(`${example}-${storage}`);
}

/** When the browser drops the cookie that it has just got, on the server's clock: it goes by Max-Age, on a clock of its own. */
export async function expiryOf(context: BrowserContext, name: string, clock: Clock): Promise<number> {
  const cookie = await cookieOf(context, name);
  if (cookie === undefined) throw new Error(`The browser holds no cookie ${name}.`);
  return cookie.expires * 1000 - Date.now() + clock.now();
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
