/** An engine whose own rules are known; `webkitgtk` keeps cookies in libsoup, so it is not Safari. */
export type Engine = 'chromium' | 'firefox' | 'webkitgtk';

export interface CheckSetCookieOptions {
  /** Address of the response that carries the line; its scheme, host and path count. */
  url: string | URL;
  /** @default what RFC 6265bis says */
  engine?: Engine | undefined;
  /**
   * Ms since 1970: what lifetimes are counted from.
   * @default Date.now()
   */
  now?: number | undefined;
  /**
   * Address of the page that the browser shows while it gets the response: the one in its address bar. On another site
   * than `url` the cookie is a third-party one.
   * @default `url` itself
   */
  topLevelSite?: string | URL | undefined;
}

/** Something that a rule of browsers says of a cookie. */
export interface Finding {
  /** Short name of the rule, for programs: 'samesite-none-needs-secure'. */
  rule: string;
  /** Where the rule stands: 'RFC 6265bis §5.7'. */
  section: string;
  /** One sentence for people: what is wrong, the value seen, what to do. */
  message: string;
}

/** The cookie as a browser understands the line, whether or not it keeps it. */
export interface EffectiveCookie {
  name: string;
  value: string;
  /** Of name and value together. */
  bytes: number;
  /** The host, or the Domain attribute without its leading dot, in lower case. */
  domain: string;
  /** Without a Domain attribute it goes to this very host only. */
  hostOnly: boolean;
  path: string;
  /** Ms since 1970, after the cap of 400 days; undefined: it goes when the browser closes. */
  expires: number | undefined;
  secure: boolean;
  httpOnly: boolean;
  /** `default`: the line says none that browsers know. */
  sameSite: 'strict' | 'lax' | 'none' | 'default';
  partitioned: boolean;
}

/** Whether a kept cookie travels; `'2 minutes'`: only while it is no older than that. */
export type Sent = boolean | '2 minutes';

export interface SetCookieVerdict {
  /** The browser keeps it. Neither `stored` nor `deletes`: it drops the line. */
  stored: boolean;
  /** The line is accepted and its end has come: the browser removes the cookie of that name, domain and path. */
  deletes: boolean;
  /** Why it is not stored; empty if it is. */
  reasons: Finding[];
  /** undefined: the line holds no cookie at all. */
  cookie: EffectiveCookie | undefined;
  /** In which requests to `url` the browser sends it. */
  sent: {
    /** Of pages of the same site. */
    sameSite: Sent;
    /** A link or a form with GET on another site, opened in the address bar. */
    crossSiteGet: Sent;
    /** A form with POST on another site. */
    crossSitePost: Sent;
    /** A frame, an image or a `fetch` on a page of another site. */
    subresource: Sent;
  };
  /** What is allowed and likely not meant. */
  warnings: Finding[];
}
