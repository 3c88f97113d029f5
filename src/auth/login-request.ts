// What a login request has beside name and password. The client can send anything.
import Bowser from 'bowser';

/** In characters. With a longer path, servers might reject the address of the login page as too long. */
const MAX_LENGTH = 1024;

// Any origin will do: the check is whether the parsed URL still has it.
const ORIGIN = 'http://here.invalid';

/**
 * Where to go after login: `next` if it is a path on this site (`/account?tab=1#top`), else `fallback`. Without this check
 * a link to our login page could lead to another site (CWE-601).
 *
 * Browsers take `//evil.test`, `/\evil.test` and `/<tab>/evil.test` for another host. So the URL parser reads `next` as
 * browsers do, and the result must be on our origin. `next` is also refused if it becomes such an address when a proxy or
 * framework decodes or normalizes its path again.
 *
 * @param next a query or form value: a string, an array of strings, or anything else that a body parser returns
 */
export function safeNext(next: unknown, fallback: string): string {
  if (typeof next !== 'string' || next.length > MAX_LENGTH || !isPath(next)) return fallback;
  // Does not throw: with an origin before it, the parser accepts any path.
  const { origin, pathname, search, hash } = new URL(next, ORIGIN);
  // `/.//evil.test` is on this origin, but its normalized path is `//evil.test`.
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
    // A stray % cannot be decoded. '' is not a path, so it is refused.
    return '';
  }
}

const UNKNOWN_DEVICE = 'Unknown device';

/**
 * The name of a device in the list of sessions, e.g. "Firefox on Linux". It helps its owner to tell devices apart, and is
 * good for nothing else.
 */
export function deviceOf(userAgent: string): string {
  if (userAgent.trim() === '') return UNKNOWN_DEVICE;
  const { browser, os } = Bowser.parse(userAgent);
  // Other programs begin with their name: "curl/8.5.0".
  if (!browser.name) return /^[\w .-]{1,40}/.exec(userAgent)?.[0].trim() || UNKNOWN_DEVICE;
  return (os.name ? `${browser.name} on ${os.name}` : browser.name).slice(0, 80);
}
