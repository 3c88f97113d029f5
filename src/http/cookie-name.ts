import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * How this app names its cookies.
 *
 * In production a name begins with `__Host-`: browsers then accept the cookie only from this host, over https and for all
 * paths, so no sibling subdomain can set it (RFC 6265bis, 4.1.3.2; ASVS 5.0, 3.3.3).
 *
 * Elsewhere it begins with the project's name in package.json. Cookies ignore ports (RFC 6265bis, 8.5), so two apps on
 * localhost that used the same names would log each other out.
 *
 * @param root the folder of package.json
 */
export function cookieNames(root: string, { production }: { production: boolean }): (name: string) => string {
  const prefix = production ? '__Host-' : `${projectName(root)}-`;
  return (name) => prefix + name;
}

/** In characters: name and value share 4096 bytes. */
const MAX_LENGTH = 40;

/** The project's name as a prefix of cookie names, which must be tokens: `@acme/shop` becomes `acme-shop`. */
function projectName(root: string): string {
  const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { name?: unknown };
  const given = typeof name === 'string' && name !== '' ? name : basename(root);
  return given
    .replaceAll(/[^\w.]+/g, '-')
    .replace(/^[^a-z0-9]+/i, '')
    .slice(0, MAX_LENGTH);
}
