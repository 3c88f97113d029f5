import { Buffer } from 'node:buffer';
import { parseSetCookie } from '../../../set-cookie/index.ts';
import { TRIAL_PATH } from '../address.ts';
import { isOwnName } from './own-name.ts';

/** Paths of all cookies that a request to the trial's address can bring. */
export const SEEN_PATHS = ['/', '/lab', '/lab/', TRIAL_PATH];

/**
 * Each is needed by some: a cookie with one of the prefixes, or one in a frame of another site, is only removed with
 * `Secure`, a partitioned one only with `Partitioned`, and where `Secure` is refused over plain HTTP only without it.
 */
const KINDS = ['', '; Secure; SameSite=None', '; Secure; SameSite=None; Partitioned'];

/** Not `Max-Age=0`, which ends now: Firefox then keeps what it should remove until the second is over, and lists it later. */
const LONG_AGO = 'Thu, 01 Jan 1970 00:00:00 GMT';

/** The cookies of a request that have one of the lab's own names, as `name=value`. */
export function labCookies(cookieHeader: string): string[] {
  // Node reads headers as one character a byte.
  return Buffer.from(cookieHeader, 'latin1')
    .toString('utf8')
    .split(';')
    .map((pair) => parseSetCookie(pair))
    .filter(({ name }) => isOwnName(name))
    .map(({ name, value }) => `${name}=${value}`);
}

interface Leftovers {
  /** The cookies' names. */
  names: Iterable<string>;
  /** Host that set them, without its port. */
  host: string;
}

/** The lines that remove cookies, whatever their attributes were. */
export function removals({ names, host }: Leftovers): string[] {
  const places = SEEN_PATHS.flatMap((path) => [`; Path=${path}`, `; Path=${path}; Domain=${host}`]);
  return [...new Set(names)].flatMap((name) =>
    places.flatMap((place) => KINDS.map((kind) => `${name}=; Expires=${LONG_AGO}${place}${kind}`)),
  );
}
