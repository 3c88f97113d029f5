import type { SetOption } from 'cookies';

/** What the option `verdict` returns. A line that is neither `stored` nor `deletes` is dropped, for these reasons. */
export type CookieVerdict = { stored: boolean; deletes: boolean; reasons: readonly { message: string }[] };

/** The options that a session's cookie depends on. Those of {@link SetOption} mean the same to the cookie library. */
export interface CookieOptions extends Omit<SetOption, 'maxAge' | 'expires' | 'signed' | 'secureProxy'> {
  key: string;
  keys: readonly string[] | undefined;
  signed: boolean;
  encrypt: boolean;
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
  const { key, sameSite, partitioned, domain, path } = options;
  const isHost = /^__host-/i.test(key);
  if (isHost && domain !== undefined) return refused('allows no domain', 'domain', domain);
  if (isHost && path !== undefined && path !== '/') return refused('needs the path "/"', 'path', path);
  if (isSecure !== false) return undefined;
  if (isHost) return insecure('a name that begins with __Host-');
  if (/^__secure-/i.test(key)) return insecure('a name that begins with __Secure-');
  if (sameSite === 'none') return insecure("sameSite 'none'");
  return partitioned ? insecure('partitioned') : undefined;
}

function refused(rule: string, option: string, value: string): string {
  return `a name that begins with __Host- ${rule}, got ${JSON.stringify(value)}: leave the option ${option} out`;
}

function insecure(what: string): string {
  return `${what} needs Secure, and this one is sent without: set the option secure to true, and serve it over https`;
}
