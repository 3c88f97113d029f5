// What the request of a login brings beside name and password. The client can send anything.
import Bowser from 'bowser';

/** Longer ones are refused, so that the address of the login page stays one that every server takes. */
const MAX_LENGTH = 1024;

// Any origin does: what counts is whether the parser leaves it.
const ORIGIN = 'http://here.invalid';

/**
 * Where to go after login: `next` if it is a path on this site (`/account?tab=1#top`), else `fallback`. Without this check
 * a link to our login page could end on somebody else's (CWE-601).
 *
 * Browsers take `//evil.test`, `/\evil.test` and `/<tab>/evil.test` for another host. So `next` is read as they read it,
 * by the URL parser, and has to stay on its origin. It is refused as well if a proxy or framework that decodes or tidies
 * the path once more would make one of those of it.
 *
 * @param next a query or form value: a string, an array of them, or whatever a body parser makes of it
 */
export function safeNext(next: unknown, fallback: string): string {
  if (typeof next !== 'string' || next.length > MAX_LENGTH || !isPath(next)) return fallback;
  // The parser takes each path below an origin.
  const { origin, pathname, search, hash } = new URL(next, ORIGIN);
  // `/.//evil.test` is on this origin, but the path that is left of it would not be.
  if (origin !== ORIGIN || !isPath(decoded(pathname))) return fallback;
  return pathname + search + hash;
}

function isPath(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- browsers drop some of them, proxies others
  return /^\/(?!\/)[^\\\x00-\x1f\x7f]*$/.test(text);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // A stray % encodes nothing; empty is no path.
    return '';
  }
}

const UNKNOWN_DEVICE = 'Unknown device';

/**
 * What to call a device in a list of sessions, e.g. "Firefox on Linux"; good enough for its owner to tell devices apart,
 * and for nothing else.
 */
export function deviceOf(userAgent: string): string {
  if (userAgent.trim() === '') return UNKNOWN_DEVICE;
  const { browser, os } = Bowser.parse(userAgent);
  // What is no browser begins with its name: "curl/8.5.0".
  if (!browser.name) return /^[\w .-]{1,40}/.exec(userAgent)?.[0].trim() || UNKNOWN_DEVICE;
  return (os.name ? `${browser.name} on ${os.name}` : browser.name).slice(0, 80);
}
