import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type Koa from 'koa';

/** The server could not take its address; the message says in one line why and what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/**
 * Requests of one connection that may be in flight. Browsers send one at a time; the responses to further ones wait in
 * memory.
 */
const MAX_PIPELINED = 50;

/** How long clients may take, in ms. */
export interface Limits {
  /** For the headers of a request. @default 10_000 */
  headersTimeout?: number;
  /** For a whole request. @default 30_000 */
  requestTimeout?: number;
  /** How often Node looks for requests that have exceeded the two above. @default 1000 */
  connectionsCheckingInterval?: number;
  /** Without reading any pending bytes of a response. @default 60_000 */
  sendTimeout?: number;
}

/**
 * Serves the app on an address.
 *
 * A client that sends more than 50 requests without waiting for a response is disconnected.
 *
 * A slow client loses its connection, so that slow clients cannot hold all of them:
 *
 * - Its headers have not arrived after 10 s, or its whole request after 30 s: Node answers 408 within a second.
 * - It has taken none of the waiting bytes of a response for 60 s: the connection is closed, at most 60 s later. A response
 *   that begins late or an event stream that is silent has no waiting bytes and is kept.
 *
 * @param address port 0 takes a free port
 * @param limits overrides
 * @returns the server and the URL under which a browser on this machine reaches it
 * @throws {ListenError} if the port is taken, or may not or cannot be used
 */
export async function listen(
  app: Koa,
  address: { host: string; port: number },
  { sendTimeout = 60_000, ...limits }: Limits = {},
): Promise<{ server: Server; url: string }> {
  const answer = app.callback();
  const options = {
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    connectionsCheckingInterval: 1000,
    ...limits,
  };
  const waiting = new WeakMap<Socket, number>();
  const server = createServer(options, (req, res) => {
    const { socket } = req;
    const count = (waiting.get(socket) ?? 0) + 1;
    if (count > MAX_PIPELINED) return void socket.destroy();
    waiting.set(socket, count);
    res.once('close', () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1));
    res.on('timeout', closeIfUnread);
    void answer(req, res);
  });
  server.timeout = sendTimeout;
  // Node would answer 417 without a log line. A server may ignore unknown expectations (RFC 9110 section 10.1.1).
  server.on('checkExpectation', (req, res) => server.emit('request', req, res));
  server.listen(address);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new ListenError(explain(error, address), { cause: error });
  }
  return { server, url: urlOf(server, address.host) };
}

/** With a 'timeout' listener Node no longer closes the connection itself. */
function closeIfUnread(connection: Socket): void {
  if (connection.writableLength > 0) connection.destroy();
}

function explain(error: unknown, { host, port }: { host: string; port: number }): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is taken by another program. End that, or set PORT to another number (0 takes a free one).`;
    case 'EACCES':
      return `Port ${port} on ${host} may not be used by this user. Set PORT to a number from 1024 on.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${host} is no address of this machine. Set HOST to 127.0.0.1, or to 0.0.0.0 for all of its addresses.`;
    default:
      return `Cannot listen on port ${port} of ${host}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function urlOf(server: Server, host: string): string {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error(`Not a TCP address: ${String(bound)}`);
  // Browsers only treat localhost and loopback addresses as secure without HTTPS, and cannot open 0.0.0.0 everywhere.
  const everywhereOrHere = ['0.0.0.0', '::', '127.0.0.1', '::1'].includes(host);
  const name = everywhereOrHere ? 'localhost' : bound.family === 'IPv6' ? `[${bound.address}]` : host;
  return `http://${name}:${bound.port}`;
}
