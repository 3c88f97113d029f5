import type { Attributes, EffectiveCookie } from './effective-cookie.ts';
import { type EngineRules, type Rule, RULE_SECTIONS } from './engine-rules.ts';
import type { SetCookieLine } from './parse.ts';

const SECTIONS = {
  ...RULE_SECTIONS,
  ended: 'RFC 6265bis §5.7',
  'unknown-attribute': 'RFC 6265bis §5.6',
  'attribute-too-large': 'RFC 6265bis §5.6',
  'flag-with-value': 'RFC 6265bis §5.6',
  'path-ignored': 'RFC 6265bis §5.6.4',
  'expires-ignored': 'RFC 6265bis §5.6.1',
  'max-age-ignored': 'RFC 6265bis §5.6.2',
  'over-400-days': 'RFC 6265bis §5.5',
  'lives-contradict': 'RFC 6265bis §5.7',
  'no-same-site': 'RFC 6265bis §5.6.7',
  'unknown-same-site': 'RFC 6265bis §5.6.7',
  'deletes-another': 'RFC 6265bis §5.7',
} as const;

/** What a rule of browsers says about a cookie. */
export interface Finding {
  /** Short name of the rule, for programs: 'same-site-none-needs-secure'; `ended` is that of a deletion. */
  rule: keyof typeof SECTIONS;
  /** Where the rule is specified: 'RFC 6265bis §5.7'. */
  section: string;
  /** One sentence for people: what is wrong, the value seen, what to do. */
  message: string;
}

/** The names of the warnings. */
export type Warning = Exclude<Finding['rule'], Rule | 'ended'> | 'third-party';

/** What the rules are applied to. */
export interface Subject {
  line: SetCookieLine;
  /** The line as the browser reads it. */
  header: string;
  cookie: EffectiveCookie;
  given: Attributes;
  url: URL;
  /** The response is for a frame or an image on a page of another site. */
  isThirdParty: boolean;
  held: readonly EffectiveCookie[];
  rules: EngineRules;
  /** Ms since 1970. */
  now: number;
}

/** For each rule, a function that says what is wrong, if anything is. */
export type Checks<Name extends Finding['rule'], Of = Subject> = Readonly<
  Record<Name, (subject: Of) => string | false | undefined>
>;

/** What the checks find, in their order. */
export function findings<Name extends Finding['rule'], Of>(checks: Checks<Name, Of>, subject: Of): Finding[] {
  return (Object.keys(checks) as Name[]).flatMap((rule) => {
    const message = checks[rule](subject);
    return message ? [{ rule, section: SECTIONS[rule], message }] : [];
  });
}
