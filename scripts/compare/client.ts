import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { Failure } from './case.ts';
import { parseSetCookie, type SetCookie } from '../../src/session/testing/client.ts';

export type Protocol = 'http' | 'https' | 'http2';

/** What a server has answered. */
export interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** The `Set-Cookie` lines, in the order sent. */
  setCookies: SetCookie[];
  /** What the handler gave back; undefined when the body does not say. */
  result: unknown;
  body: string;
}

/** How long a server may take, in ms. All of them run on this machine and none has much to do. */
const PATIENCE = 5000;

/** GETs `url`. A certificate may be anybody's. @throws {Failure} when there is no answer */
export async function exchange(
  url: string,
  protocol: Protocol,
  headers: Record<string, string>,
): Promise<Reply> {
  const response = await (protocol === 'http2'
    ? exchangeByHttp2(url, headers)
    : exchangeByHttp1(url, headers));
  const setCookies = [response.headers['set-cookie'] ?? []].flat().map(parseSetCookie);
  return { ...response, setCookies, result: resultIn(response.body) };
}

type Raw = Pick<Reply, 'status' | 'headers' | 'body'>;

async function exchangeByHttp1(url: string, headers: Record<string, string>): Promise<Raw> {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  const signal = AbortSignal.timeout(PATIENCE);
  const request = send(url, { headers, agent: false, rejectUnauthorized: false, signal }).end();
  try {
    const [response] = (await once(request, 'response', { signal })) as [IncomingMessage];
    const body = await textOf(response);
    return { status: response.statusCode ?? 0, headers: response.headers, body };
  } catch (error) {
    throw signal.aborted ? new Failure(`no answer within ${PATIENCE / 1000} s`) : error;
  }
}

async function exchangeByHttp2(url: string, headers: Record<string, string>): Promise<Raw> {
  const { origin, pathname } = new URL(url);
  const connection = connect(origin, { rejectUnauthorized: false });
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    const stream = connection.request({ ':path': pathname, ...headers }, { signal });
    const [answered] = (await once(stream, 'response', { signal })) as [Record<string, string | string[]>];
    return { status: Number(answered[':status']), headers: answered, body: await textOf(stream) };
  } catch (error) {
    throw signal.aborted ? new Failure(`no answer within ${PATIENCE / 1000} s`) : error;
  } finally {
    connection.destroy();
  }
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

/** Undefined for the body of an error page. */
export function resultIn(body: string): unknown {
  if (!body.startsWith('{"result"')) return undefined;
  return (JSON.parse(body) as { result: unknown }).result;
}

/** Cookies as a browser keeps them, as far as one host and one path go. */
export class Jar {
  readonly #cookies = new Map<string, { value: string; endsAt: number }>();

  take(lines: readonly SetCookie[]): void {
    for (const line of lines) {
      const end = endOf(line);
      if (end <= Date.now()) this.#cookies.delete(line.name);
      else this.#cookies.set(line.name, { value: line.value, endsAt: end });
    }
  }

  /** The values that would be sent now, by name. */
  sent(): Map<string, string> {
    const alive = [...this.#cookies].filter(([, { endsAt }]) => endsAt > Date.now());
    return new Map(alive.map(([name, { value }]) => [name, value]));
  }

  /** As a `Cookie` header. */
  header(): string {
    return [...this.sent()].map(([name, value]) => `${name}=${value}`).join('; ');
  }
}

/** When a browser drops the cookie, in ms since 1970; Infinity: when it closes. */
export function endOf({ attributes }: SetCookie): number {
  if (attributes['max-age'] !== undefined) return Date.now() + Number(attributes['max-age']) * 1000;
  return attributes['expires'] === undefined ? Infinity : Date.parse(attributes['expires']);
}
