import { fileURLToPath } from 'node:url';
import { cookieNames } from '../src/http/cookie-name.ts';
import type { BrowserContext, Response } from './browser.ts';

export type BrowserCookie = Awaited<ReturnType<BrowserContext['cookies']>>[number];

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The full name of a cookie of the app. */
export const fullName = cookieNames(ROOT, { production: false });

/** The name of the session's cookie. */
export const SESSION_COOKIE = fullName('session');

/** The cookie as the browser holds it; undefined if it holds none. */
export async function cookieOf(context: BrowserContext, name: string): Promise<BrowserCookie | undefined> {
  return (await context.cookies()).find((cookie) => cookie.name === name);
}

/** The cookie and its signature in this order, fit for `addCookies`: a copy of what this browser has. */
export async function copyOf(context: BrowserContext, name: string): Promise<BrowserCookie[]> {
  const cookies = await context.cookies();
  return [name, `${name}.sig`].flatMap((one) => cookies.find((cookie) => cookie.name === one) ?? []);
}

/** The cookies that a response sets: name and value of each. */
export async function setCookies(response: Response): Promise<Map<string, string>> {
  const lines = (await response.headerValues('set-cookie')).flatMap((value) => value.split('\n'));
  return new Map(
    lines.map((line) => {
      const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(line) ?? [];
      return [name, value];
    }),
  );
}
