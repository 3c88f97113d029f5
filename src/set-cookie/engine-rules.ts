const STORAGE = 'RFC 6265bis §5.7';

/** The rules by which browsers drop a cookie, and where each is specified. `storage-rules.ts` says what each means. */
export const RULE_SECTIONS = {
  'control-character': 'RFC 6265bis §5.6',
  empty: STORAGE,
  'no-name': `${STORAGE} allows it`,
  'too-large': 'RFC 6265bis §5.6',
  'domain-not-ascii': STORAGE,
  'public-suffix': STORAGE,
  'domain-mismatch': STORAGE,
  'secure-needs-https': STORAGE,
  'secure-cookie-kept': STORAGE,
  'same-site-in-frame': STORAGE,
  'same-site-none-needs-secure': STORAGE,
  'secure-prefix': 'RFC 6265bis §5.4',
  'host-prefix': 'RFC 6265bis §5.4',
  'http-prefix': 'draft-ietf-httpbis-layered-cookies',
  'prefix-without-name': STORAGE,
  'partitioned-needs-secure': 'draft-cutler-httpbis-partitioned-cookies',
  'third-party': 'RFC 6265bis §7.1',
} as const;

export type Rule = keyof typeof RULE_SECTIONS;

/** The largest cookie that browsers keep, in bytes of name and value together (RFC 6265bis §5.6). */
const LARGEST_COOKIE = 4096;

/** The longest that browsers keep a cookie, in ms: 400 days (RFC 6265bis §5.5). */
export const LONGEST_COOKIE = 34_560_000_000;

/** An engine whose own rules are known; `webkitgtk` keeps cookies in libsoup, so it is not Safari. */
export type Engine = 'chromium' | 'firefox' | 'webkitgtk';

/** Where browsers differ. */
export interface EngineRules {
  /** The version in which they were observed, or the specification. */
  source: string;
  /** Rules that the engine does not have. */
  lacks: readonly Rule[];
  /** Characters that may not be in the line. */
  controlCharacters: RegExp;
  /** Characters that end the line; the engine ignores the rest. */
  endOfLine: RegExp | undefined;
  /** What a pair without "=" is. */
  withoutEquals: 'value' | 'name';
  /** Bytes of name and value. */
  largestCookie: number;
  /** Bytes of an attribute's value. An attribute with a larger one does not count. */
  largestAttribute: number;
  /** The longest life, in ms. */
  longestLife: number;
  /** What counts as a number of seconds. */
  maxAge: RegExp;
  /** The largest number of seconds that counts. */
  largestMaxAge: number;
  /** Which of Max-Age and Expires counts. */
  lifetime: 'Max-Age' | 'the last';
  /** What the 31st of February is. */
  noSuchDay: 'no date' | 'a later day';
  /** Whether Secure cookies may be set and sent over http on localhost, 127.0.0.0/8 and [::1]. */
  localhostIsSecure: boolean;
  /** What a Domain without a dot means if it is the name of the host. */
  ownName: 'the host' | 'refused';
  /** What a Domain that is an address means if it is the address of the host. */
  ownAddress: 'the host' | 'a domain';
  /** Whether a part of an address is a domain of it, such as 0.0.1 of 127.0.0.1. */
  partsOfAddresses: boolean;
  /** Which Secure cookies http may not replace. */
  secureCookiesKept: 'overlapping' | 'identical';
  /** What a cookie with the prefix `__Host-` must have, beside Secure; its path may be that of the folder. */
  hostPrefix:
    | 'Path=/ and no Domain'
    | 'a path of / and its host alone'
    | 'a Path attribute for / and its host alone';
  /** How a cookie without SameSite is sent; 'lax, at first none': for two minutes with a POST across sites too. */
  withoutSameSite: 'lax, at first none' | 'none';
  /** Which cookies frames on other sites may set; 'all, apart': each is kept only for the site around the frame. */
  thirdParty: 'all' | 'all, apart' | 'partitioned' | 'none';
  /** Whether cookies that were set at top level are sent in frames and images on other sites. */
  inSubresources: boolean;
  /** Whether Partitioned has an effect. */
  partitions: boolean;
  /** Whether http and https of a host are two sites. */
  schemeful: boolean;
}

// Draft 20 and later. Where it lets browsers choose, this is the choice of most of them.
const RFC: EngineRules = {
  source: 'RFC 6265bis',
  lacks: ['http-prefix', 'no-name', 'third-party'],
  // oxlint-disable-next-line no-control-regex -- they are what this is about
  controlCharacters: /[\0-\u0008\u000A-\u001F\u007F]/,
  endOfLine: undefined,
  withoutEquals: 'value',
  largestCookie: LARGEST_COOKIE,
  largestAttribute: 1024,
  longestLife: LONGEST_COOKIE,
  maxAge: /^-?\d+$/,
  largestMaxAge: Infinity,
  lifetime: 'Max-Age',
  noSuchDay: 'no date',
  localhostIsSecure: true,
  ownName: 'the host',
  ownAddress: 'a domain',
  partsOfAddresses: false,
  secureCookiesKept: 'overlapping',
  hostPrefix: 'a Path attribute for / and its host alone',
  withoutSameSite: 'lax, at first none',
  thirdParty: 'all',
  inSubresources: true,
  partitions: true,
  schemeful: true,
};

/** What each engine did with its default settings, in the version that `source` names. */
export const ENGINE_RULES: Readonly<Record<Engine | 'rfc', EngineRules>> = {
  rfc: RFC,
  chromium: {
    ...RFC,
    source: 'Chromium 156',
    lacks: ['no-name'],
    // Tabs too.
    // oxlint-disable-next-line no-control-regex -- as above
    controlCharacters: /[\0-\u001F\u007F]/,
    maxAge: /^[+-]?\d+$/,
    ownAddress: 'the host',
    hostPrefix: 'Path=/ and no Domain',
    thirdParty: 'partitioned',
    inSubresources: false,
  },
  firefox: {
    ...RFC,
    source: 'Firefox 153',
    lacks: [],
    withoutEquals: 'name',
    noSuchDay: 'a later day',
    ownAddress: 'the host',
    hostPrefix: 'a path of / and its host alone',
    withoutSameSite: 'none',
    thirdParty: 'all, apart',
    inSubresources: false,
    schemeful: false,
  },
  webkitgtk: {
    ...RFC,
    source: 'WebKitGTK 2.50',
    lacks: [
      'control-character',
      'no-name',
      'too-large',
      'same-site-none-needs-secure',
      'partitioned-needs-secure',
      'secure-prefix',
      'host-prefix',
      'http-prefix',
      'prefix-without-name',
    ],
    // oxlint-disable-next-line no-control-regex -- as above
    endOfLine: /[\0-\u001F\u0080-\u{10FFFF}]/u,
    largestCookie: Infinity,
    largestAttribute: Infinity,
    longestLife: Infinity,
    maxAge: /^(?:[+-]?\d+)?$/,
    largestMaxAge: 2 ** 63,
    lifetime: 'the last',
    localhostIsSecure: false,
    ownName: 'refused',
    ownAddress: 'the host',
    partsOfAddresses: true,
    secureCookiesKept: 'identical',
    withoutSameSite: 'none',
    thirdParty: 'none',
    partitions: false,
    schemeful: false,
  },
};
