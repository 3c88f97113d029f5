/** Whether a host is the domain or below it (RFC 6265bis §5.1.3). Both in lower case. */
export function domainMatches(host: string, domain: string, partsOfAddresses = false): boolean {
  return host === domain || (host.endsWith(`.${domain}`) && (partsOfAddresses || !isAddress(host)));
}

/** Whether a path of a request is at or below a cookie's (RFC 6265bis §5.1.4). */
export function pathMatches(path: string, cookiePath: string): boolean {
  if (!path.startsWith(cookiePath)) return false;
  return path.length === cookiePath.length || cookiePath.endsWith('/') || path[cookiePath.length] === '/';
}

/** The folder of an address: the path of a cookie without a Path (RFC 6265bis §5.1.4). */
export function defaultPath({ pathname }: URL): string {
  return pathname.slice(0, Math.max(pathname.lastIndexOf('/'), 1));
}

export function isAddress(host: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(host) || host.startsWith('[');
}

/** Whether the host is this machine. */
export function isLoopback(host: string): boolean {
  return (
    host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d+){3}$/.test(host)
  );
}

/**
 * The site: the domain that can be registered (RFC 6265bis §5.2). Public suffixes of more than one label ("co.uk") need a
 * list that changes every week, so they are not known here.
 */
export function siteOf({ protocol, hostname }: URL, schemeful: boolean): string {
  const domain = isAddress(hostname) ? hostname : hostname.split('.').slice(-2).join('.');
  return schemeful ? `${protocol}//${domain}` : domain;
}
