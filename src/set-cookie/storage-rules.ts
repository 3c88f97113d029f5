import { type EffectiveCookie, withValue } from './effective-cookie.ts';
import type { Finding } from './finding.ts';
import { domainMatches, isLoopback, pathMatches } from './matching.ts';
import { PREFIX_RULES } from './prefix-rules.ts';
import type { StorageRule, Subject } from './subject.ts';

const STORAGE = 'RFC 6265bis §5.7';

// In the order of RFC 6265bis §5.7.
const STORAGE_RULES: readonly StorageRule[] = [
  {
    rule: 'control-character',
    section: 'RFC 6265bis §5.6',
    objection: ({ header, rules }) => {
      const found = rules.controlCharacters.exec(header)?.[0];
      return (
        found !== undefined &&
        `The line has the control character 0x${hex(found)}, so browsers ignore all of it: encode the value.`
      );
    },
  },
  {
    rule: 'empty',
    section: STORAGE,
    objection: ({ cookie: { name, value } }) =>
      name === '' && value === '' && 'There is neither a name nor a value: begin the line with name=value.',
  },
  {
    rule: 'no-name',
    section: `${STORAGE} lets it pass`,
    objection: ({ cookie }) => cookie.name === '' && 'There is nothing before "=": give the cookie a name.',
  },
  {
    rule: 'too-large',
    section: 'RFC 6265bis §5.6',
    objection: ({ cookie: { bytes }, rules: { largestCookie } }) =>
      bytes > largestCookie &&
      `Name and value have ${bytes} bytes, and no more than ${largestCookie} are kept: store less in it.`,
  },
  {
    rule: 'domain-not-ascii',
    section: STORAGE,
    objection: ({ cookie: { domain } }) =>
      // oxlint-disable-next-line no-control-regex -- all that is not ASCII
      /[^\0-\u007F]/.test(domain) && `Domain=${domain} is not in ASCII: write it in Punycode (xn--…).`,
  },
  {
    rule: 'public-suffix',
    section: STORAGE,
    objection: ({ cookie: { domain, hostOnly } }) =>
      !hostOnly &&
      !domain.includes('.') &&
      `Domain=${domain} is a public suffix, and no cookie may be for all that is below it: leave Domain out.`,
  },
  {
    rule: 'domain-mismatch',
    section: STORAGE,
    objection: ({ cookie: { domain, hostOnly }, url: { hostname }, rules }) =>
      !hostOnly &&
      !domainMatches(hostname, domain, rules.partsOfAddresses) &&
      `${hostname} is not below Domain=${domain}: leave Domain out, or name ${hostname} or a parent of it.`,
  },
  {
    rule: 'secure-needs-https',
    section: STORAGE,
    objection: (subject) =>
      subject.cookie.secure &&
      !isSecure(subject) &&
      `Secure is not accepted over ${subject.url.protocol}//${subject.url.hostname}: serve it over https.`,
  },
  {
    rule: 'secure-cookie-kept',
    section: STORAGE,
    objection: (subject) =>
      !subject.cookie.secure &&
      !isSecure(subject) &&
      subject.held.some((held) => isProtected(held, subject)) &&
      `The browser holds a Secure cookie '${subject.cookie.name}', which http may not replace or shadow: set it over https.`,
  },
  {
    rule: 'same-site-in-frame',
    section: STORAGE,
    objection: (subject) =>
      subject.isThirdParty &&
      needsSameSite(subject) &&
      `A cookie ${withValue('SameSite', subject.given)} is not taken from a frame or an image on another site: set it on a page of its own site, or use SameSite=None; Secure.`,
  },
  {
    rule: 'same-site-none-needs-secure',
    section: STORAGE,
    objection: ({ cookie: { sameSite, secure } }) =>
      sameSite === 'none' &&
      !secure &&
      'SameSite=None needs Secure: add it, and serve the cookie over https.',
  },
  ...PREFIX_RULES,
  {
    rule: 'partitioned-needs-secure',
    section: 'draft-cutler-httpbis-partitioned-cookies',
    objection: ({ given, cookie: { secure } }) =>
      given.has('partitioned') &&
      !secure &&
      'Partitioned needs Secure: add it, and serve the cookie over https.',
  },
  {
    rule: 'third-party',
    section: 'RFC 6265bis §7.1',
    objection: (subject) =>
      subject.isThirdParty &&
      !takesThirdParty(subject) &&
      'This browser takes no such cookie from a frame or an image on another site: set it on a page of its own site, or use Partitioned.',
  },
];

/** Why the browser drops the line; empty if it does not. */
export function objectionsTo(subject: Subject): Finding[] {
  return STORAGE_RULES.filter(({ rule }) => !subject.rules.lacks.includes(rule)).flatMap(
    ({ rule, section, objection }) => {
      const message = objection(subject);
      return message ? [{ rule, section, message }] : [];
    },
  );
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
