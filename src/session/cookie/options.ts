import type { SetOption } from 'cookies';

/** What the option `verdict` returns. A line that is neither `stored` nor `deletes` is dropped, for these reasons. */
export type CookieVerdict = { stored: boolean; deletes: boolean; reasons: readonly { message: string }[] };

/** The options that a session's cookie depends on. Those of {@link SetOption} mean the same to the cookie library. */
export interface CookieOptions extends Omit<SetOption, 'maxAge' | 'expires' | 'signed' | 'secureProxy'> {
  key: string;
  now: () => number;
  keys: readonly string[] | undefined;
  signed: boolean;
  encrypt: boolean;
  encode: unknown;
  onStoreError: 'throw' | 'cookie';
  externalKey: object | undefined;
  verdict: ((line: string, response: { url: string }) => CookieVerdict) | undefined;
}

/**
 * Why browsers would silently drop a cookie with these options, and what to set; undefined when they keep it
 * (RFC 6265bis, 4.1.3 for prefixes of names, 5.7 for `SameSite=None`).
 *
 * @param isSecure whether it is sent with `Secure`; undefined: that depends on the request
 */
export function contradictionOf(options: CookieOptions, isSecure: boolean | undefined): string | undefined {
  const { key, sameSite, partitioned, domain, path = '/' } = options;
  const isHost = /^__host-/i.test(key);
  const what =
    (isHost && 'a name that begins with __Host-') ||
    (/^__secure-/i.test(key) && 'a name that begins with __Secure-') ||
    (sameSite === 'none' && "sameSite 'none'") ||
    (partitioned && 'partitioned');
  if (isHost && domain !== undefined)
    return `${what} allows no domain, got ${JSON.stringify(domain)}: leave the option domain out`;
  if (isHost && path !== '/')
    return `${what} needs the path "/", got ${JSON.stringify(path)}: leave the option path out`;
  if (!what || isSecure !== false) return undefined;
  return `${what} needs Secure, and this one is sent without: set the option secure to true, and serve it over https`;
}

/** The warnings that this process has shown. */
const warned = new Set<string>();

/** Throws it instead if the set-up is strict. */
export function warnOnce(warning: Error, isStrict = false): void {
  if (isStrict) throw warning;
  if (!warned.has(warning.message)) process.emitWarning(warning);
  warned.add(warning.message);
}
