import { withValue } from './effective-cookie.ts';
import type { StorageRule, Subject } from './subject.ts';

const PREFIXES = 'RFC 6265bis §5.4';
const LAYERED = 'draft-ietf-httpbis-layered-cookies';

/** What names that begin with `__Secure-` and the like promise, and what their cookies must have for it. */
export const PREFIX_RULES: readonly StorageRule[] = [
  {
    rule: 'secure-prefix',
    section: PREFIXES,
    objection: ({ cookie: { name, secure } }) =>
      hasPrefix(name, '__Secure-') &&
      !secure &&
      `'${name}' without Secure: a name that begins with __Secure- needs it, so add it, and serve the cookie over https.`,
  },
  {
    rule: 'host-prefix',
    section: PREFIXES,
    objection: (subject) =>
      hasPrefix(subject.cookie.name, '__Host-') &&
      !fitsHostPrefix(subject) &&
      `'${subject.cookie.name}' ${againstHostPrefix(subject)}: a name that begins with __Host- needs Secure and Path=/ and allows no Domain, so send it like that.`,
  },
  {
    rule: 'http-prefix',
    section: LAYERED,
    objection: ({ cookie: { name, secure, httpOnly } }) =>
      (hasPrefix(name, '__Http-') || hasPrefix(name, '__Host-Http-')) &&
      !(secure && httpOnly) &&
      `'${name}' without ${secure ? 'HttpOnly' : 'Secure'}: a name that begins with __Http- or __Host-Http- needs Secure and HttpOnly, so add them.`,
  },
  {
    rule: 'prefix-without-name',
    section: 'RFC 6265bis §5.7',
    objection: ({ cookie: { name, value }, rules: { lacks } }) =>
      name === '' &&
      ['__Secure-', '__Host-', ...(lacks.includes('http-prefix') ? [] : ['__Http-'])].some((prefix) =>
        hasPrefix(value, prefix),
      ) &&
      `The value '${value}' has no name, so it would look like a name with a prefix when it is sent: give the cookie a name.`,
  },
];

function fitsHostPrefix({ cookie, given, rules: { hostPrefix } }: Subject): boolean {
  if (!cookie.secure || cookie.path !== '/' || !cookie.hostOnly) return false;
  if (hostPrefix === 'a path of / and its host alone') return true;
  if (hostPrefix === 'a Path attribute for / and its host alone') return given.has('path');
  // An address is no domain.
  return given.get('path') === '/' && ((given.get('domain') ?? '') === '' || cookie.domain.includes('.'));
}

function againstHostPrefix({ cookie, given }: Subject): string {
  const faults = [
    ...(cookie.secure ? [] : ['without Secure']),
    ...(given.get('path') === '/' ? [] : [withValue('Path', given)]),
    ...((given.get('domain') ?? '') === '' ? [] : [withValue('Domain', given)]),
  ];
  return faults.join(', ');
}

function hasPrefix(name: string, prefix: string): boolean {
  return name.toLowerCase().startsWith(prefix.toLowerCase());
}
