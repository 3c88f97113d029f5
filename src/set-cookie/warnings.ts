import { attributesOf, type EffectiveCookie, endOf, isSameCookie } from './effective-cookie.ts';
import { LONGEST_COOKIE } from './engine-rules.ts';
import type { Finding, Warning } from './finding.ts';
import type { SetCookieLine } from './set-cookie-line.ts';
import type { Subject } from './subject.ts';

const DAY = 86_400_000;

const KNOWN = new Set([
  'path',
  'domain',
  'expires',
  'max-age',
  'secure',
  'httponly',
  'samesite',
  'partitioned',
  'priority',
]);
const FLAGS = new Set(['secure', 'httponly', 'partitioned']);

/** What browsers allow and is likely not meant. */
export function warningsOf(line: SetCookieLine, subject: Subject, now: number): Finding[] {
  return [
    ...line.attributes.flatMap(([name, value]) => onAttribute(name, value, subject)),
    ...onLife(line, subject, now),
    ...onSameSite(subject, now),
    ...onThirdParties(subject),
    ...onDeletion(subject, now),
  ];
}

function onAttribute(name: string, value: string, { rules }: Subject): Finding[] {
  const attribute = name.toLowerCase();
  const section = 'RFC 6265bis §5.6';
  if (!KNOWN.has(attribute)) {
    return [
      finding('unknown-attribute', section, `Browsers know no attribute '${name}' and ignore it: remove it.`),
    ];
  }
  const one = { name: '', value: '', attributes: [[name, value] as const] };
  if (attributesOf(one, rules).size === 0) {
    return [
      finding(
        'attribute-too-large',
        section,
        `The value of ${name} is longer than ${rules.largestAttribute} bytes, so browsers ignore it: shorten it.`,
      ),
    ];
  }
  if (FLAGS.has(attribute) && value !== '') {
    return [
      finding(
        'flag-with-value',
        section,
        `${name}=${value} means the same as ${name}: leave the attribute out if it is not meant.`,
      ),
    ];
  }
  if (attribute === 'path' && !value.startsWith('/')) {
    return [
      finding(
        'path-ignored',
        'RFC 6265bis §5.6.4',
        `Path=${value} does not begin with "/", so the folder of the address counts: write Path=/${value}.`,
      ),
    ];
  }
  const isLife = attribute === 'expires' || attribute === 'max-age';
  if (isLife && endOf(one.attributes, 0, rules) === undefined) {
    return attribute === 'expires'
      ? [
          finding(
            'expires-ignored',
            'RFC 6265bis §5.6.1',
            `Expires=${value} is not a date as browsers read it, so it is ignored: write it as in "Thu, 01 Jan 2026 00:00:00 GMT".`,
          ),
        ]
      : [
          finding(
            'max-age-ignored',
            'RFC 6265bis §5.6.2',
            `Max-Age=${value} is not a number of seconds, so it is ignored: write whole seconds.`,
          ),
        ];
  }
  return [];
}

function onLife({ attributes }: SetCookieLine, { given, rules }: Subject, now: number): Finding[] {
  const end = endOf(attributes, now, rules);
  if (end !== undefined && end > now + LONGEST_COOKIE) {
    const days = Math.ceil((end - now) / DAY);
    return [
      finding(
        'over-400-days',
        'RFC 6265bis §5.5',
        `It is to live for ${days > 1_000_000 ? 'more than a million' : days} days. Browsers cut that down to 400, but not all of them: say no more.`,
      ),
    ];
  }
  if (given.has('max-age') && given.has('expires')) {
    const ends = attributes
      .map((attribute) => endOf([attribute], now, rules))
      .filter((one) => one !== undefined);
    if (new Set(ends.map((one) => one > now)).size > 1) {
      return [
        finding(
          'lives-contradict',
          'RFC 6265bis §5.7',
          'Max-Age and Expires contradict each other; by the RFC Max-Age counts, and not all browsers follow: give one of them.',
        ),
      ];
    }
  }
  return [];
}

function onSameSite({ cookie, given }: Subject, now: number): Finding[] {
  if (cookie.sameSite !== 'default' || (cookie.expires ?? Infinity) <= now) return [];
  const value = given.get('samesite');
  return [
    value === undefined
      ? finding(
          'no-same-site',
          'RFC 6265bis §5.6.7',
          'There is no SameSite, and browsers do not agree on what that means: say SameSite=Lax, Strict or None.',
        )
      : finding(
          'unknown-same-site',
          'RFC 6265bis §5.6.7',
          `SameSite=${value} is no value that browsers know, so it is as if there were none: say Lax, Strict or None.`,
        ),
  ];
}

function onThirdParties({ isThirdParty, url }: Subject): Finding[] {
  if (!isThirdParty) return [];
  return [
    finding(
      'third-party',
      'RFC 6265bis §7.1',
      `On a page of another site than ${url.hostname} it is a third-party cookie, which many browsers and people block: do not depend on it.`,
    ),
  ];
}

function onDeletion({ cookie, held }: Subject, now: number): Finding[] {
  if ((cookie.expires ?? Infinity) > now) return [];
  const named = held.filter(({ name }) => name === cookie.name);
  if (named.length === 0 || named.some((one) => isSameCookie(one, cookie))) return [];
  return [
    finding(
      'deletes-another',
      'RFC 6265bis §5.7',
      `It removes ${placeOf(cookie)}, and the browser holds ${named.map(placeOf).join(' and ')}: give the deletion the Domain, Path and Partitioned of the cookie.`,
    ),
  ];
}

function placeOf({ domain, hostOnly, path, partitioned }: EffectiveCookie): string {
  return `${hostOnly ? domain : `Domain=${domain}`} Path=${path}${partitioned ? ' Partitioned' : ''}`;
}

function finding(rule: Warning, section: string, message: string): Finding {
  return { rule, section, message };
}
