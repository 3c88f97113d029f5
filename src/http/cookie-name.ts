import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * How this app names its cookies.
 *
 * In production a name begins with `__Host-`: browsers then accept the cookie only from this host, over https and for all
 * paths, so no sibling subdomain can set it (RFC 6265bis, 4.1.3.2; ASVS 5.0, 3.3.3).
 *
 * Elsewhere it ends with the project's name in package.json: `session_shop`. Cookies ignore ports (RFC 6265bis, 8.5), so two
 * apps on localhost that used the same names would log each other out.
 *
 * @param root the folder of package.json
 */
export function cookieNames(root: string, { production }: { production: boolean }): (name: string) => string {
  if (production) return (name) => `__Host-${name}`;
  const project = projectName(root);
  return (name) => `${name}_${project}`;
}

/** In characters: name and value share 4096 bytes. */
const MAX_LENGTH = 40;

/** The project's name as part of a cookie's, which must be a token: `@acme/shop` becomes `acme-shop`. */
function projectName(root: string): string {
  return [nameInManifest(root), basename(root)].map(tokenOf).find(Boolean) ?? 'app';
}

/** Empty if package.json is missing, cannot be read or has no name: the app runs without it. */
function nameInManifest(root: string): string {
  try {
    const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { name?: unknown };
    return typeof name === 'string' ? name : '';
  } catch {
    return '';
  }
}

function tokenOf(name: string): string {
  const token = name.replaceAll(/[^\w.]+/g, '-').replaceAll(/^-|-$/g, '');
  return token.slice(0, MAX_LENGTH);
}
