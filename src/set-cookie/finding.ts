/** By name, what a browser may have against a cookie. `storage-rules.ts` says what each of them means. */
export type Rule =
  | 'control-character'
  | 'empty'
  | 'no-name'
  | 'too-large'
  | 'domain-not-ascii'
  | 'domain-mismatch'
  | 'public-suffix'
  | 'secure-needs-https'
  | 'secure-cookie-kept'
  | 'same-site-in-frame'
  | 'same-site-none-needs-secure'
  | 'partitioned-needs-secure'
  | 'secure-prefix'
  | 'host-prefix'
  | 'http-prefix'
  | 'prefix-without-name'
  | 'third-party';

/** By name, what a line may be warned of. */
export type Warning =
  | 'unknown-attribute'
  | 'attribute-too-large'
  | 'flag-with-value'
  | 'path-ignored'
  | 'expires-ignored'
  | 'max-age-ignored'
  | 'over-400-days'
  | 'lives-contradict'
  | 'no-same-site'
  | 'unknown-same-site'
  | 'third-party'
  | 'deletes-another';

/** Something that a rule of browsers says of a cookie. */
export interface Finding {
  /** Short name of the rule, for programs: 'same-site-none-needs-secure'; `ended` is that of a deletion. */
  rule: Rule | 'ended' | Warning;
  /** Where the rule stands: 'RFC 6265bis §5.7'. */
  section: string;
  /** One sentence for people: what is wrong, the value seen, what to do. */
  message: string;
}
