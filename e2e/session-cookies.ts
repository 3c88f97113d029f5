import { fileURLToPath } from 'node:url';
import { cookieNames } from '../src/http/cookie-name.ts';
import type { BrowserContext, Response } from './browser.ts';

export type BrowserCookie = Awaited<ReturnType<BrowserContext['cookies']>>[number];

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The full name of a cookie of the app. */
export const fullName = cookieNames(ROOT, { production: false });

/** The name of the session's cookie. */
export const SESSION_COOKIE = fullName('session');

/** The cookie as the browser holds it; undefined if it has none. */
export async function cookieOf(context: BrowserContext, name: string): Promise<BrowserCookie | undefined> {
  return (await context.cookies()).find((cookie) => cookie.name === name);
}

/** A copy of the cookie for `addCookies`; empty if the browser has none. */
export async function copyOf(context: BrowserContext, name: string): Promise<BrowserCookie[]> {
  return (await context.cookies()).filter((cookie) => cookie.name === name);
}

/** The cookies that a response sets, by name. */
export async function setCookies(response: Response): Promise<Map<string, string>> {
  const lines = (await response.headerValues('set-cookie')).flatMap((value) => value.split('\n'));
  return new Map(
    lines.map((line) => {
      const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(line) ?? [];
      return [name, value];
    }),
  );
}
