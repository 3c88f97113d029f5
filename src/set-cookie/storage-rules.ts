import { type EffectiveCookie, withValue } from './effective-cookie.ts';
import type { Rule } from './engine-rules.ts';
import { type Checks, type Finding, findings, type Subject } from './finding.ts';
import { domainMatches, isLoopback, pathMatches } from './matching.ts';

// In the order of RFC 6265bis §5.7.
const STORAGE_RULES: Checks<Rule> = {
  'control-character': ({ header, rules }) => {
    const found = rules.controlCharacters.exec(header)?.[0];
    return (
      found !== undefined &&
      `The line has the control character 0x${hex(found)}, so browsers ignore the line: encode the value.`
    );
  },
  empty: ({ cookie: { name, value } }) =>
    name === '' && value === '' && 'There is neither a name nor a value: begin the line with name=value.',
  'no-name': ({ cookie }) => cookie.name === '' && 'There is nothing before "=": give the cookie a name.',
  'too-large': ({ cookie: { bytes }, rules: { largestCookie } }) =>
    bytes > largestCookie &&
    `Name and value have ${bytes} bytes, and browsers keep at most ${largestCookie}: store less in the cookie.`,
  'domain-not-ascii': ({ cookie: { domain } }) =>
    // oxlint-disable-next-line no-control-regex -- all that is not ASCII
    /[^\0-\u007F]/.test(domain) && `Domain=${domain} is not in ASCII: write it in Punycode (xn--…).`,
  'public-suffix': ({ cookie: { domain, hostOnly } }) =>
    !hostOnly &&
    !domain.includes('.') &&
    `Domain=${domain} is a public suffix, and no cookie may be for all hosts below it: leave Domain out.`,
  'domain-mismatch': ({ cookie: { domain, hostOnly }, url: { hostname }, rules }) =>
    !hostOnly &&
    !domainMatches(hostname, domain, rules.partsOfAddresses) &&
    `${hostname} is not below Domain=${domain}: leave Domain out, or name ${hostname} or a parent of it.`,
  'secure-needs-https': (subject) =>
    subject.cookie.secure &&
    !isSecure(subject) &&
    `Secure is not accepted over ${subject.url.protocol}//${subject.url.hostname}: serve it over https.`,
  'secure-cookie-kept': (subject) =>
    !subject.cookie.secure &&
    !isSecure(subject) &&
    subject.held.some((held) => isProtected(held, subject)) &&
    `The browser holds a Secure cookie '${subject.cookie.name}', which http may not replace or shadow: set it over https.`,
  'same-site-in-frame': (subject) =>
    subject.isThirdParty &&
    needsSameSite(subject) &&
    `A cookie ${withValue('SameSite', subject.given)} is not accepted from a frame or an image on another site: set it on a page of its own site, or use SameSite=None; Secure.`,
  'same-site-none-needs-secure': ({ cookie: { sameSite, secure } }) =>
    sameSite === 'none' && !secure && 'SameSite=None needs Secure: add it, and serve the cookie over https.',
  'secure-prefix': ({ cookie: { name, secure } }) =>
    /^__Secure-/i.test(name) &&
    !secure &&
    `'${name}' without Secure: a name that begins with __Secure- needs it, so add it, and serve the cookie over https.`,
  'host-prefix': (subject) =>
    /^__Host-/i.test(subject.cookie.name) &&
    !fitsHostPrefix(subject) &&
    `'${subject.cookie.name}' ${againstHostPrefix(subject)}: a name that begins with __Host- needs Secure and Path=/ and allows no Domain, so send it like that.`,
  'http-prefix': ({ cookie: { name, secure, httpOnly } }) =>
    /^__(?:Host-)?Http-/i.test(name) &&
    !(secure && httpOnly) &&
    `'${name}' without ${secure ? 'HttpOnly' : 'Secure'}: a name that begins with __Http- or __Host-Http- needs Secure and HttpOnly, so add them.`,
  'prefix-without-name': ({ cookie: { name, value }, rules: { lacks } }) =>
    name === '' &&
    (/^__(?:Secure|Host)-/i.test(value) || (/^__Http-/i.test(value) && !lacks.includes('http-prefix'))) &&
    `The value '${value}' has no name, so it would look like a name with a prefix when it is sent: give the cookie a name.`,
  'partitioned-needs-secure': ({ given, cookie: { secure } }) =>
    given.has('partitioned') &&
    !secure &&
    'Partitioned needs Secure: add it, and serve the cookie over https.',
  'third-party': (subject) =>
    subject.isThirdParty &&
    !takesThirdParty(subject) &&
    'This browser accepts no such cookie from a frame or an image on another site: set it on a page of its own site, or use Partitioned.',
};

/** Why the browser drops the line; empty if it does not. */
export function objectionsTo(subject: Subject): Finding[] {
  const lacks: readonly Finding['rule'][] = subject.rules.lacks;
  return findings(STORAGE_RULES, subject).filter(({ rule }) => !lacks.includes(rule));
}

function isSecure({ url: { protocol, hostname }, rules }: Subject): boolean {
  return protocol === 'https:' || (rules.localhostIsSecure && isLoopback(hostname));
}

function isProtected(held: EffectiveCookie, { cookie, rules }: Subject): boolean {
  if (!held.secure || held.name !== cookie.name) return false;
  if (rules.secureCookiesKept === 'identical') {
    return held.domain === cookie.domain && held.hostOnly === cookie.hostOnly && held.path === cookie.path;
  }
  return (
    (domainMatches(held.domain, cookie.domain) || domainMatches(cookie.domain, held.domain)) &&
    pathMatches(cookie.path, held.path)
  );
}

function needsSameSite({ cookie: { sameSite }, rules }: Subject): boolean {
  if (sameSite === 'default') return rules.withoutSameSite !== 'none';
  return sameSite !== 'none';
}

function takesThirdParty({ cookie, rules: { thirdParty } }: Subject): boolean {
  return thirdParty !== 'none' && (thirdParty !== 'partitioned' || cookie.partitioned);
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
}

function fitsHostPrefix({ cookie, given, rules: { hostPrefix } }: Subject): boolean {
  if (!cookie.secure || cookie.path !== '/' || !cookie.hostOnly) return false;
  if (hostPrefix === 'a path of / and its host alone') return true;
  if (hostPrefix === 'a Path attribute for / and its host alone') return given.has('path');
  // An address is not a domain.
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
