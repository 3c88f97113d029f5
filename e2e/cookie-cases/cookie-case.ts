/** One response that sets a cookie. */
export interface Step {
  /** Address of the response, without a port. */
  at: string;
  /** `Set-Cookie` lines, in this order. `#` stands for letters that only this case has, `<in 30 days>` for that date. */
  lines: readonly string[];
  /** Status of the response. With 302 the browser continues to a page on the same host. */
  status?: number;
  /** The response is for a frame in a page at this address; without it, for the page itself. */
  inFrameOf?: string;
}

/** Responses for a browser, and what to check afterwards. */
export interface CookieCase {
  /** Unique; a row of the table. */
  title: string;
  steps: readonly Step[];
  /** Addresses that are opened afterwards, as if typed, so that the server sees which cookies come. */
  looks: readonly string[];
  /** Kinds of requests to the address of the last step, each made afterwards. */
  travels?: readonly Travel[];
  /** The browser is restarted before it is checked. */
  restarts?: boolean;
}

/** Kinds of requests; the names of `sent` in the verdict. */
export type Travel = 'sameSite' | 'crossSiteGet' | 'crossSitePost' | 'subresource';

export interface CaseGroup {
  title: string;
  cases: readonly CookieCase[];
}

/** Where most cases happen: a name that is neither localhost nor an address, on https. */
export const PAGE = 'https://example.com/docs/page';

/** A case with one line. */
export function line(
  title: string,
  setCookie: string,
  { at = PAGE, looks = [at], status }: { at?: string; looks?: readonly string[]; status?: number } = {},
): CookieCase {
  return { title, steps: [{ at, lines: [setCookie], ...(status !== undefined && { status }) }], looks };
}

/** A case with several responses of one line each. */
export function lines(
  title: string,
  steps: readonly (readonly [at: string, setCookie: string])[],
  looks: readonly string[],
): CookieCase {
  return { title, steps: steps.map(([at, setCookie]) => ({ at, lines: [setCookie] })), looks };
}
