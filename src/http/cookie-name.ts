/**
 * The name of a cookie. In production it begins with `__Host-`: browsers then take it from this very host alone, over
 * https, for all paths, so that no sibling subdomain can plant one (RFC 6265bis, 4.1.3.2; ASVS 5.0, 3.3.3).
 */
export function cookieName(name: string, { production }: { production: boolean }): string {
  return production ? `__Host-${name}` : name;
}
