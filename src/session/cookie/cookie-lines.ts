import Cookies from 'cookies';

/** The attributes of a session's cookie and of its signature. */
export interface CookieAttributes {
  key: string;
  httpOnly: boolean;
  sameSite: 'strict' | 'lax' | 'none' | boolean | undefined;
  domain: string | undefined;
  path: string | undefined;
  partitioned: boolean | undefined;
  priority: 'low' | 'medium' | 'high' | undefined;
}

const EPOCH = new Date(0);

/**
 * Makes `Set-Cookie` lines as the cookie library writes them. It is asked once, for what stands around the date: to ask it for
 * each cookie costs 1.5 µs.
 */
export class CookieLines {
  readonly #before: string;
  readonly #after: string;

  constructor(attributes: CookieAttributes, isSecure: boolean) {
    const cookie = new Cookies.Cookie(attributes.key, 'value', { ...setOptions(attributes), expires: EPOCH });
    cookie.secure = isSecure;
    const [before = '', after = ''] = cookie
      .toHeader()
      .slice(cookie.toString().length)
      .split(`; expires=${EPOCH.toUTCString()}`);
    this.#before = before;
    this.#after = after;
  }

  /**
   * @param name that of the cookie, or of its signature
   * @param endsAt when the browser drops it, ms since 1970; undefined: when it closes
   * @throws {TypeError} when the value cannot be in a cookie
   */
  line(name: string, value: string, endsAt: number | undefined): string {
    // What every base64 and id is made of needs no look by the library.
    if (!/^[\w.+/=-]*$/.test(value)) void new Cookies.Cookie(name, value);
    const expires = endsAt === undefined ? '' : `; expires=${dateOf(endsAt)}`;
    return `${name}=${value}${this.#before}${expires}${this.#after}`;
  }
}

/** The attributes as the cookie library takes them, but for `Secure` and the date. */
export function setOptions(attributes: CookieAttributes): Cookies.SetOption {
  const { httpOnly, sameSite, domain, path, partitioned, priority } = attributes;
  // Given as undefined, the library would send no path at all.
  return { httpOnly, sameSite, domain, partitioned, priority, ...(path !== undefined && { path }) };
}

let lastSecond = 0;
let lastDate = EPOCH.toUTCString();

/** Sessions that are saved in the same second mostly end in the same one; to write the date costs as much as a hash. */
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
