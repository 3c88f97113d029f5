import type { Context } from 'koa';
import { quoted } from './quoted.ts';

/** Path at which a trial sets and looks for its cookie, and for which the lab predicts unless told otherwise. */
export const TRIAL_PATH = '/lab/trial';

/** Two names of this machine that are two sites to browsers. */
const OTHER_NAMES = new Map([
  ['localhost', '127.0.0.1'],
  ['127.0.0.1', 'localhost'],
]);

/**
 * The same server under the other name of this machine, which makes it another site.
 *
 * @param origin e.g. 'http://localhost:3000'
 * @returns e.g. 'http://127.0.0.1:3000'; undefined when it is reached under a name that has no such counterpart
 */
export function otherSite(origin: string): string | undefined {
  if (!URL.canParse(origin)) return undefined;
  const url = new URL(origin);
  const other = OTHER_NAMES.get(url.hostname);
  if (other === undefined) return undefined;
  url.hostname = other;
  return url.origin;
}

/** In characters. The URL parser takes n² steps to normalize a host of n characters. */
const LONGEST_ADDRESS = 2000;

/** What is wrong with an address to predict for, in words for who typed it; undefined if nothing is. */
export function addressProblem(address: string): string | undefined {
  if (address.length > LONGEST_ADDRESS) {
    return `The address has ${address.length} characters, and ${LONGEST_ADDRESS} are taken at most. Shorten it.`;
  }
  const isWeb = URL.canParse(address) && ['http:', 'https:'].includes(new URL(address).protocol);
  if (isWeb) return undefined;
  return `${quoted(address)} is no address of a web page. Write one like https://example.com/account.`;
}

/** This server as the browser reaches it, e.g. 'http://localhost:3000'. */
export function originOf(ctx: Context): string {
  return `${ctx.protocol}://${ctx.host}`;
}

/** The address of which the lab speaks unless told otherwise: its own, where it tries. */
export function trialAddress(ctx: Context): string {
  return originOf(ctx) + TRIAL_PATH;
}
