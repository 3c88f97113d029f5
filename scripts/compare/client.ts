import { type Cookie, parseSetCookie } from 'set-cookie-parser';
import { CookieJar } from 'tough-cookie';
import { Agent, request } from 'undici';
import { Failure } from './outcome.ts';

/** A server's answer. */
export interface Reply {
  status: number;
  headers: Headers;
  setCookies: Cookie[];
  /** What the handler returned; undefined for an error page. */
  result: unknown;
}

type Headers = Record<string, string | string[] | undefined>;

/** Requests pages and keeps cookies: a cookie jar, or a browser. */
export interface Client {
  get(url: string, headers?: Record<string, string>): Promise<Reply>;
  /** The cookies that it would send. */
  cookies(url: string): Promise<{ name: string; value: string }[]>;
}

/** Limit for an answer, in ms. All servers are on this machine and have little to do. */
const LIMIT = 5000;

const dispatcher = new Agent({ allowH2: true, connect: { rejectUnauthorized: false } });

/** A client that is no browser. */
export class JarClient implements Client {
  readonly #jar = new CookieJar();

  async get(url: string, headers: Record<string, string> = {}): Promise<Reply> {
    const cookie = this.#jar.getCookieStringSync(url);
    const reply = await exchange(url, { ...(cookie && { cookie }), ...headers });
    for (const line of setCookieLines(reply.headers)) {
      this.#jar.setCookieSync(line, url, { ignoreError: true });
    }
    return reply;
  }

  async cookies(url: string): Promise<{ name: string; value: string }[]> {
    return (await this.#jar.getCookies(url)).map(({ key, value }) => ({ name: key, value }));
  }
}

/** A client that sends the same cookies with every request, as someone with a copy of them could. */
export function clientWith(cookies: { name: string; value: string }[]): Client {
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  return {
    get: (url) => exchange(url, { cookie }),
    cookies: () => Promise.resolve(cookies),
  };
}

/** @throws {Failure} when there is no answer */
async function exchange(url: string, headers: Record<string, string>): Promise<Reply> {
  const signal = AbortSignal.timeout(LIMIT);
  try {
    const response = await request(url, { dispatcher, headers, signal });
    return replyOf(response.statusCode, response.headers, await response.body.text());
  } catch (error) {
    throw signal.aborted ? new Failure(`no answer within ${LIMIT / 1000} s`) : error;
  }
}

export function replyOf(status: number, headers: Headers, body: string): Reply {
  const setCookies = parseSetCookie(setCookieLines(headers), { decodeValues: false });
  const isResult = body.startsWith('{"result"');
  const result = isResult ? (JSON.parse(body) as { result: unknown }).result : undefined;
  return { status, headers, setCookies, result };
}

/** Browsers give all lines as one string. */
function setCookieLines(headers: Headers): string[] {
  return [headers['set-cookie'] ?? []].flat().flatMap((lines) => lines.split('\n'));
}

/** When a browser drops the cookie, in ms since 1970; Infinity: when it closes. */
export function endOf({ maxAge, expires }: Cookie): number {
  if (maxAge !== undefined) return Date.now() + maxAge * 1000;
  return expires?.getTime() ?? Infinity;
}
