import Cookies from 'cookies';
import type { ResolvedOptions } from '../resolve-options.ts';

/** What stands in a `Set-Cookie` line around the date, the same for each cookie of a set-up. */
interface Frame {
  before: string;
  after: string;
}

const EPOCH = new Date(0);

/** By set-up, and whether the cookie is Secure. */
const frames = new WeakMap<object, Map<boolean, Frame>>();

/**
 * The `Set-Cookie` line as the cookie library writes it. It is asked once for a set-up, since asking it for each cookie costs
 * 1.5 µs; a value that it would refuse it is asked to refuse.
 *
 * @param name that of the cookie, or of its signature
 * @param endsAt when the browser drops it, ms since 1970; undefined: when it closes
 * @throws {TypeError} when the value cannot be in a cookie
 */
export function cookieLine(
  name: string,
  value: string,
  endsAt: number | undefined,
  options: Readonly<ResolvedOptions>,
  isSecure: boolean,
): string {
  if (!PLAIN_VALUE.test(value)) void new Cookies.Cookie(name, value);
  const { before, after } = frameOf(options, isSecure);
  const expires = endsAt === undefined ? '' : `; expires=${dateOf(endsAt)}`;
  return `${name}=${value}${before}${expires}${after}`;
}

/** What every base64 and id is made of; others are looked at by the library. */
const PLAIN_VALUE = /^[\w.+/=-]*$/;

function frameOf(options: Readonly<ResolvedOptions>, isSecure: boolean): Frame {
  // A request's own copy of the options may be changed at any time.
  if (!Object.isFrozen(options)) return makeFrame(options, isSecure);
  let known = frames.get(options);
  if (!known) frames.set(options, (known = new Map()));
  let frame = known.get(isSecure);
  if (!frame) known.set(isSecure, (frame = makeFrame(options, isSecure)));
  return frame;
}

function makeFrame(options: Readonly<ResolvedOptions>, isSecure: boolean): Frame {
  const cookie = new Cookies.Cookie(options.key, 'value', { ...attributesOf(options), expires: EPOCH });
  cookie.secure = isSecure;
  const [before = '', after = ''] = cookie
    .toHeader()
    .slice(cookie.toString().length)
    .split(`; expires=${EPOCH.toUTCString()}`);
  return { before, after };
}

/** The attributes as the cookie library takes them, but for `Secure` and the date. */
export function attributesOf(options: Readonly<ResolvedOptions>): Cookies.SetOption {
  const { httpOnly, sameSite, domain, path, partitioned, priority } = options;
  // Given as undefined, the library would send no path at all.
  return { httpOnly, sameSite, domain, partitioned, priority, ...(path !== undefined && { path }) };
}

let lastSecond = 0;
let lastDate = EPOCH.toUTCString();

/** Sessions that are saved in the same second mostly end in the same one, and writing the date costs as much as a hash. */
function dateOf(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastDate = new Date(ms).toUTCString();
    lastSecond = second;
  }
  return lastDate;
}

/** The `Set-Cookie` lines of a response, as Node has them. */
export function linesOf(header: number | string | string[] | undefined): string[] {
  if (header === undefined) return [];
  return Array.isArray(header) ? header : [String(header)];
}

/** Whether a `Set-Cookie` line is that of the session's cookie or of its signature. */
export function belongsTo(line: string, key: string): boolean {
  return line.startsWith(`${key}=`) || line.startsWith(`${key}.sig=`);
}
