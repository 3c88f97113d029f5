/** One response that sets a cookie. */
export interface Step {
  /** Address of the response, without a port. */
  at: string;
  /** `Set-Cookie` lines, sent in this order. In all of them `#` stands for letters that no other case has, and
   * `<in 30 days>` for that date. */
  lines: readonly string[];
  /** Status of the response. With 302 the browser goes on to a page on the same host. */
  status?: number;
  /** The response is for a frame in a page at this address; without it, for the page itself. */
  inFrameOf?: string;
}

/** What is done to a browser, to see what it makes of it. */
export interface CookieCase {
  /** Unique; a row of the table. */
  title: string;
  steps: readonly Step[];
  /** Addresses that are opened afterwards, as if typed, for the server to see what comes with the request. */
  looks: readonly string[];
  /** Ways in which a cookie travels to the address of the last step, each tried afterwards. */
  travels?: readonly Travel[];
  /** The browser is closed and started again before it is looked at. */
  restarts?: boolean;
}

/** How a request comes about; the names of `sent` in the verdict. */
export type Travel = 'sameSite' | 'crossSiteGet' | 'crossSitePost' | 'subresource';

export interface CaseGroup {
  title: string;
  cases: readonly CookieCase[];
}

/** Where most cases happen: a name that is neither localhost nor an address, on https. */
export const PAGE = 'https://example.com/docs/page';

/** A case of one line. */
export function line(
  title: string,
  setCookie: string,
  { at = PAGE, looks = [at], status }: { at?: string; looks?: readonly string[]; status?: number } = {},
): CookieCase {
  return { title, steps: [{ at, lines: [setCookie], ...(status !== undefined && { status }) }], looks };
}

/** A case of several responses: line by line, each at its address. */
export function lines(
  title: string,
  steps: readonly (readonly [at: string, setCookie: string])[],
  looks: readonly string[],
): CookieCase {
  return { title, steps: steps.map(([at, setCookie]) => ({ at, lines: [setCookie] })), looks };
}
