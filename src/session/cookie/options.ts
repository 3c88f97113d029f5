import type { SetOption } from 'cookies';

/** What the option `verdict` returns. A line that is neither `stored` nor `deletes` is dropped, for these reasons. */
export interface CookieVerdict {
  stored: boolean;
  deletes: boolean;
  reasons: readonly { message: string }[];
}

/** The options that a session's cookie depends on. Those of {@link SetOption} mean the same to the cookie library. */
export interface CookieOptions extends Omit<SetOption, 'maxAge' | 'expires' | 'signed' | 'secureProxy'> {
  key: string;
  keys: readonly string[] | undefined;
  signed: boolean;
  encrypt: boolean;
  onStoreError: 'throw' | 'cookie';
  externalKey: object | undefined;
  verdict: ((line: string, response: { url: string }) => CookieVerdict) | undefined;
}
