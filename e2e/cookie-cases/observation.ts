/** A cookie that a browser holds. */
export interface HeldCookie {
  /** With a leading dot if the cookie is for subdomains too. */
  domain: string;
  path: string;
  /** 'session', '30 days', or the day if it is far away. */
  ends: string;
  secure: boolean;
  httpOnly: boolean;
  sameSite: string;
}

/** What a browser did in a case, or should do. Pairs are in alphabetical order. */
export interface Observation {
  held: HeldCookie[];
  /** For each of the case's looks, the pairs that come with the request. */
  looks: string[];
  /** The pairs that scripts see at the last look. */
  scripts: string;
  /** By kind of request: whether the cookie comes with it. */
  travels: Record<string, boolean>;
}

const DAY = 86_400_000;

/** @param expires ms since 1970; undefined: when the browser closes */
export function endsText(expires: number | undefined, now: number): string {
  if (expires === undefined) return 'session';
  const days = (expires - now) / DAY;
  if (days > 1000) return new Date(expires).toISOString().slice(0, 10);
  const rounded = Number(days.toFixed(1));
  return rounded === 1 ? '1 day' : `${rounded} days`;
}

/** In an order that does not depend on the browser. */
export function sortedHeld(held: HeldCookie[]): HeldCookie[] {
  const text = (cookie: HeldCookie) => `${cookie.path} ${cookie.domain} ${JSON.stringify(cookie)}`;
  return held.toSorted((one, other) => (text(one) < text(other) ? -1 : 1));
}

/** The pairs of a case, with `#` for its letters again, in an order that does not depend on the browser. */
export function pairsText(pairs: readonly string[], mark: string): string {
  return pairs
    .filter((pair) => pair.includes(mark))
    .map((pair) => abbreviated(pair.replaceAll(mark, '#')))
    .toSorted()
    .join('; ');
}

/** Shortens a long text, so that a difference can be read. */
export function abbreviated(text: string): string {
  return text.length > 80 ? `${text.slice(0, 20)}… (${text.length} characters)` : text;
}
