import { fileURLToPath } from 'node:url';
import { cookieNames } from '../src/http/cookie-name.ts';
import { type BrowserContext, expect, type Response } from './browser.ts';
import { type Clock, SECOND } from './clock.ts';
import type { Storage } from './fixtures.ts';

export type BrowserCookie = Awaited<ReturnType<BrowserContext['cookies']>>[number];

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The full name of a cookie of the app. */
export const fullName = cookieNames(ROOT, { production: false });

/** The examples that have a session of their own; `session` is the one that all others share. */
type SessionName = 'session' | 'rolling' | 'renew' | 'remember' | 'race' | 'rotation';

/** The name of a session's cookie. */
export function cookieName(storage: Storage, example: SessionName = 'session'): string {
  return fullName(`${example}-${storage}`);
}

/** The cookie as the browser holds it; undefined if it holds none. */
export async function cookieOf(context: BrowserContext, name: string): Promise<BrowserCookie | undefined> {
  return (await context.cookies()).find((cookie) => cookie.name === name);
}

/** The cookie and its signature in this order, fit for `addCookies`: what somebody has who copied them from this browser. */
export async function copyOf(context: BrowserContext, name: string): Promise<BrowserCookie[]> {
  const cookies = await context.cookies();
  return [name, `${name}.sig`].flatMap((one) => cookies.find((cookie) => cookie.name === one) ?? []);
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
  const slack = Math.min(2 * SECOND + clock.sinceReset(), 9 * SECOND);
  expect(ms).toBeGreaterThan(wanted - slack);
  expect(ms).toBeLessThan(wanted + slack);
}

/** The cookies that a response sets: name and value of each. */
export async function setCookies(response: Response): Promise<Map<string, string>> {
  const lines = (await response.headerValues('set-cookie')).flatMap((value) => value.split('\n'));
  return new Map(
    lines.map((line) => {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
