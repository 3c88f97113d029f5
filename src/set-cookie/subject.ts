import type { Attributes, EffectiveCookie } from './effective-cookie.ts';
import type { EngineRules } from './engine-rules.ts';
import type { Rule } from './finding.ts';

/** What the rules are asked about. */
export interface Subject {
  /** The line as the browser reads it. */
  header: string;
  cookie: EffectiveCookie;
  given: Attributes;
  url: URL;
  /** The response is for a frame or an image on a page of another site. */
  isThirdParty: boolean;
  held: readonly EffectiveCookie[];
  rules: EngineRules;
}

export interface StorageRule {
  rule: Rule;
  section: string;
  /** What is wrong, if something is. */
  objection: (subject: Subject) => string | false | undefined;
}
