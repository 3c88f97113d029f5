/**
 * What a browser does with a `Set-Cookie` line. Copy this folder into any project: it imports no package and nothing of
 * Node's. README.md beside this file has an example, the sources of the rules, and what it does not know.
 */
export { checkSetCookie, type CheckSetCookieOptions, type Sent, type SetCookieVerdict } from './verdict.ts';
export { parseCookieDate } from './cookie-date.ts';
export { type EffectiveCookie, isSameCookie } from './effective-cookie.ts';
export type { Engine } from './engine-rules.ts';
export type { Finding } from './finding.ts';
export { parseSetCookie, type SetCookieLine } from './set-cookie-line.ts';
