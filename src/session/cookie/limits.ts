/** The longest that browsers keep a cookie, in ms: 400 days (RFC 6265bis, 5.5). */
export const LONGEST_COOKIE = 34_560_000_000;
