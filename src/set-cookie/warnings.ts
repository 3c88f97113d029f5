import { bytesOf, type EffectiveCookie, endOf, isSameCookie } from './effective-cookie.ts';
import { type EngineRules, LONGEST_COOKIE } from './engine-rules.ts';
import { type Checks, type Finding, findings, type Subject, type Warning } from './finding.ts';

const DAY = 86_400_000;
const FLAGS = ['secure', 'httponly', 'partitioned'];
const KNOWN = new Set([...FLAGS, 'path', 'domain', 'expires', 'max-age', 'samesite', 'priority']);

interface Attribute {
  /** As the line has it. */
  written: string;
  /** In lower case. */
  name: string;
  value: string;
  rules: EngineRules;
}

/** For each attribute, only the first that applies is reported. */
const ON_ATTRIBUTE = {
  'unknown-attribute': ({ written, name }) =>
    !KNOWN.has(name) && `Browsers know no attribute '${written}' and ignore it: remove it.`,
  'attribute-too-large': ({ written, value, rules: { largestAttribute } }) =>
    bytesOf(value) > largestAttribute &&
    `The value of ${written} is longer than ${largestAttribute} bytes, so browsers ignore it: shorten it.`,
  'flag-with-value': ({ written, name, value }) =>
    FLAGS.includes(name) &&
    value !== '' &&
    `${written}=${value} means the same as ${written}: leave the attribute out if it is not meant.`,
  'path-ignored': ({ name, value }) =>
    name === 'path' &&
    !value.startsWith('/') &&
    `Path=${value} does not begin with "/", so the folder of the address counts: write Path=/${value}.`,
  'expires-ignored': ({ name, value, rules }) =>
    name === 'expires' &&
    endOf([[name, value]], 0, rules) === undefined &&
    `Expires=${value} is not a date as browsers read it, so it is ignored: write it as in "Thu, 01 Jan 2026 00:00:00 GMT".`,
  'max-age-ignored': ({ name, value, rules }) =>
    name === 'max-age' &&
    endOf([[name, value]], 0, rules) === undefined &&
    `Max-Age=${value} is not a number of seconds, so it is ignored: write whole seconds.`,
} satisfies Partial<Checks<Warning, Attribute>>;

const ON_LINE = {
  'over-400-days': (subject) =>
    isOverLong(subject) &&
    `Its lifetime is ${daysText(lifeOf(subject))} days, and most browsers shorten that to 400: ask for 400 or fewer.`,
  'lives-contradict': (subject) =>
    !isOverLong(subject) &&
    livesContradict(subject) &&
    'Max-Age and Expires contradict each other; by the RFC Max-Age counts, but not in all browsers: send only one of them.',
  'no-same-site': (subject) =>
    lacksSameSite(subject) &&
    !subject.given.has('samesite') &&
    'There is no SameSite, which browsers treat differently: set SameSite=Lax, Strict or None.',
  'unknown-same-site': (subject) =>
    lacksSameSite(subject) &&
    subject.given.has('samesite') &&
    `SameSite=${subject.given.get('samesite')} is not a value that browsers know, so they treat it as missing: set Lax, Strict or None.`,
  'third-party': ({ isThirdParty, url: { hostname } }) =>
    isThirdParty &&
    `On a page of another site than ${hostname} it is a third-party cookie, which many browsers and users block: do not depend on it.`,
  'deletes-another': (subject) => {
    const { cookie, held } = subject;
    const named = held.filter(({ name }) => name === cookie.name);
    if (!hasEnded(subject) || named.length === 0 || named.some((one) => isSameCookie(one, cookie)))
      return false;
    return `It removes ${placeOf(cookie)}, and the browser holds ${named.map(placeOf).join(' and ')}: give the deletion the Domain, Path and Partitioned of the cookie.`;
  },
} satisfies Partial<Checks<Warning>>;

/** What browsers allow but is probably not meant. */
export function warningsOf(subject: Subject): Finding[] {
  const onAttributes = subject.line.attributes.flatMap(([written, value]) => {
    const attribute = { written, name: written.toLowerCase(), value, rules: subject.rules };
    return findings(ON_ATTRIBUTE, attribute).slice(0, 1);
  });
  return [...onAttributes, ...findings(ON_LINE, subject)];
}

/** In ms, before any cap. */
function lifeOf({ line, now, rules }: Subject): number {
  return (endOf(line.attributes, now, rules) ?? now) - now;
}

function isOverLong(subject: Subject): boolean {
  return lifeOf(subject) > LONGEST_COOKIE;
}

function daysText(life: number): string {
  const days = Math.ceil(life / DAY);
  return days > 1_000_000 ? 'more than a million' : String(days);
}

function livesContradict({ line, given, now, rules }: Subject): boolean {
  if (!given.has('max-age') || !given.has('expires')) return false;
  const ends = line.attributes.map((attribute) => endOf([attribute], now, rules));
  return new Set(ends.filter((end) => end !== undefined).map((end) => end > now)).size > 1;
}

function lacksSameSite(subject: Subject): boolean {
  return subject.cookie.sameSite === 'default' && !hasEnded(subject);
}

export function hasEnded({ cookie: { expires = Infinity }, now }: Subject): boolean {
  return expires <= now;
}

function placeOf({ domain, hostOnly, path, partitioned }: EffectiveCookie): string {
  return `${hostOnly ? domain : `Domain=${domain}`} Path=${path}${partitioned ? ' Partitioned' : ''}`;
}
