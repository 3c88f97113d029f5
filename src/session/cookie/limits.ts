/** The most bytes of name and value together that browsers keep of a cookie (RFC 6265bis, 5.6). */
export const LARGEST_COOKIE = 4096;

/** The longest that browsers keep a cookie, in ms: 400 days (RFC 6265bis, 5.5). */
export const LONGEST_COOKIE = 34_560_000_000;
