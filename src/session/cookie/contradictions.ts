interface CookieOptions {
  key: string;
  sameSite: string | boolean | undefined;
  partitioned: boolean | undefined;
  domain: string | undefined;
  path: string | undefined;
}

/**
 * Why browsers would drop a cookie with these options without a word (RFC 6265bis, 4.1.3 for names with a prefix and 5.7
 * for `SameSite=None`), and what to set; undefined when they keep it.
 *
 * @param isSecure whether it is sent with `Secure`; undefined: that depends on the request
 */
export function contradictionOf(
  { key, sameSite, partitioned, domain, path }: CookieOptions,
  isSecure: boolean | undefined,
): string | undefined {
  const name = key.toLowerCase();
  const isHost = name.startsWith('__host-');
  if (isHost && domain !== undefined) {
    return `a name that begins with __Host- allows no domain, got ${JSON.stringify(domain)}: leave the option domain out`;
  }
  if (isHost && path !== undefined && path !== '/') {
    return `a name that begins with __Host- needs the path "/", got ${JSON.stringify(path)}: leave the option path out`;
  }
  if (isSecure !== false) return undefined;
  if (isHost || name.startsWith('__secure-')) {
    return insecure(`a name that begins with ${isHost ? '__Host-' : '__Secure-'}`);
  }
  if (sameSite === 'none') return insecure("sameSite 'none'");
  if (partitioned) return insecure('partitioned');
  return undefined;
}

function insecure(what: string): string {
  return `${what} needs Secure, and this one is sent without: set the option secure to true, and serve it over https`;
}
