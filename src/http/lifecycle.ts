import { type EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type Koa from 'koa';
import type { Middleware } from 'koa';
import type { Config } from '../config.ts';

/** The server could not listen; the message says in one line why and what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/**
 * How many requests of one connection may be in flight. Browsers send one at a time; the responses to pipelined requests
 * wait in memory.
 */
const MAX_PIPELINED = 50;

type Address = Pick<Config, 'host' | 'port'>;

/** How long clients may take, in ms. */
export interface Limits {
  /** To send the headers of a request. @default 10_000 */
  headersTimeout?: number;
  /** To send a whole request. @default 30_000 */
  requestTimeout?: number;
  /** How often Node looks for requests that have exceeded the two above. @default 1000 */
  connectionsCheckingInterval?: number;
  /** To read some of the pending bytes of a response. @default 60_000 */
  sendTimeout?: number;
}

/**
 * Serves the app on an address.
 *
 * A client that sends more than 50 requests without waiting for a response is disconnected.
 *
 * A slow client loses its connection, so that slow clients cannot occupy all connections:
 *
 * - Its headers have not arrived after 10 s, or its whole request after 30 s: Node answers 408 within a second.
 * - It has read none of the pending bytes of a response for 60 s: the connection is closed, at most 60 s later. A response
 *   that begins late and a silent event stream have no pending bytes, so they stay open.
 *
 * @param address port 0 takes a free port
 * @param limits overrides
 * @returns the server and the URL under which a browser on this machine reaches it
 * @throws {ListenError} if the server cannot listen there
 */
export async function listen(
  app: Koa,
  address: Address,
  { sendTimeout = 60_000, ...limits }: Limits = {},
): Promise<{ server: Server; url: string }> {
  const answer = app.callback();
  const defaults = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 1000 };
  const waiting = new WeakMap<Socket, number>();
  const server = createServer({ ...defaults, ...limits }, (req, res) => {
    const { socket } = req;
    const count = (waiting.get(socket) ?? 0) + 1;
    if (count > MAX_PIPELINED) return void socket.destroy();
    waiting.set(socket, count);
    res.once('close', () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1));
    void answer(req, res);
  });
  server.setTimeout(sendTimeout, (socket) => {
    // Idle connections too: with this listener, Node no longer closes them itself.
    if (socket.writableLength > 0 || !waiting.get(socket)) socket.destroy();
  });
  // Node would answer 417 without a log line. A server may ignore unknown expectations (RFC 9110 section 10.1.1).
  server.on('checkExpectation', (req, res) => server.emit('request', req, res));
  server.listen(address);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new ListenError(explain(error as NodeJS.ErrnoException, address), { cause: error });
  }
  return { server, url: urlOf(server.address() as AddressInfo, address.host) };
}

function explain({ code, message }: NodeJS.ErrnoException, { host, port }: Address): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is taken by another program. Stop it, or set PORT to another number (0 takes a free port).`;
    case 'EACCES':
      return `Port ${port} on ${host} may not be used by this user. Set PORT to 1024 or more.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${host} is not an address of this machine. Set HOST to 127.0.0.1, or to 0.0.0.0 for all of its addresses.`;
    default:
      return `Cannot listen on port ${port} of ${host}: ${message}`;
  }
}

function urlOf({ address, family, port }: AddressInfo, host: string): string {
  // Browsers only treat localhost and loopback addresses as secure without HTTPS, and cannot open 0.0.0.0 everywhere.
  const everywhereOrHere = ['0.0.0.0', '::', '127.0.0.1', '::1'].includes(host);
  const name = family === 'IPv6' ? `[${address}]` : host;
  return `http://${everywhereOrHere ? 'localhost' : name}:${port}`;
}

/** Emitted on the app, once, when the server starts to shut down. */
export const DRAINING = 'draining';

/**
 * `GET /healthz` answers 200 as long as the process can answer at all (restart it if not); `GET /readyz` answers 200
 * until `app.emit(DRAINING)`, then 503 (send it no more requests). Text, or JSON for `Accept: application/json`.
 *
 * Run it above the session, so that probes neither create sessions nor wait for their store.
 *
 * @param app after its {@link DRAINING} event `/readyz` answers 503
 */
export function health(app: EventEmitter): Middleware {
  let draining = false;
  app.once(DRAINING, () => (draining = true));

  return async function healthMiddleware(ctx, next) {
    const reads = ctx.method === 'GET' || ctx.method === 'HEAD';
    if (!reads || (ctx.path !== '/healthz' && ctx.path !== '/readyz')) return next();
    const unready = draining && ctx.path === '/readyz';
    const status = unready ? 'draining' : 'ok';
    ctx.status = unready ? 503 : 200;
    ctx.set('Cache-Control', 'no-store');
    ctx.vary('Accept');
    ctx.body = ctx.accepts('text', 'json') === 'json' ? { status } : `${status}\n`;
  };
}

/** How long a server waits while it ends, in ms. */
export interface DrainLimits {
  /** Before it closes its port, so that load balancers see `/readyz` fail first. @default 300 */
  noticeMs?: number;
  /** Then, for connections that have sent no request yet. @default 1000 */
  firstRequestMs?: number;
  /** And for the requests in flight. @default 10_000 */
  inFlightMs?: number;
}

/**
 * Prepares a server to be drained. Call it before the first connection, because it tracks connections. Browsers open
 * some in advance: `server.close()` leaves those that have sent no request yet open, and from Node 26 on it closes them
 * at once.
 *
 * The returned function ends the server; call it once. It emits {@link DRAINING} on the app, stops accepting connections
 * after a notice, closes idle connections, and lets the requests in flight finish. It returns true if they did, and false
 * if it had to cut some off.
 */
export function drainable(
  server: Server,
  app: EventEmitter,
  { noticeMs = 300, firstRequestMs = 1000, inFlightMs = 10_000 }: DrainLimits = {},
): () => Promise<boolean> {
  /** The responses in flight of each connection, undefined until its first request. */
  const connections = new Map<Socket, Set<ServerResponse> | undefined>();
  let draining = false;

  server.on('connection', (socket: Socket) => {
    connections.set(socket, undefined);
    socket.once('close', () => connections.delete(socket));
  });
  server.prependListener('request', ({ socket }: IncomingMessage, res: ServerResponse) => {
    const inFlight = connections.get(socket) ?? new Set();
    connections.set(socket, inFlight.add(res));
    if (draining) askToClose(res);
    res.once('close', () => {
      inFlight.delete(res);
      // Otherwise keep-alive would hold the connection open after its last response.
      if (draining && inFlight.size === 0) socket.destroySoon();
    });
  });

  return async () => {
    app.emit(DRAINING);
    await new Promise((resolve) => void setTimeout(resolve, noticeMs));
    draining = true;
    let inTime = true;
    const timeout = setTimeout(() => {
      inTime = false;
      for (const socket of connections.keys()) socket.destroy();
    }, inFlightMs);

    const closed = once(server, 'close');
    // Not `server.close()`: from Node 26 on it also closes connections that have sent no request yet.
    NetServer.prototype.close.call(server);
    for (const [socket, inFlight] of connections) {
      // Only the last response: Node drops those that follow `Connection: close`.
      const last = [...(inFlight ?? [])].at(-1);
      if (last) askToClose(last);
      else if (inFlight) socket.destroy();
    }
    const moment = setTimeout(() => {
      for (const [socket, inFlight] of connections) if (!inFlight) socket.destroy();
    }, firstRequestMs);
    await closed;
    clearTimeout(timeout);
    clearTimeout(moment);
    return inTime;
  };
}

/** Tells the client not to send another request on a connection that is about to close. */
function askToClose(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader('Connection', 'close');
}

/** The part of `process` that is needed here; a test passes its own. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  exit(code: number): void;
}

/** Ctrl-C reaches a program under `npm start` twice, from the terminal and from npm, within this many ms. */
const SAME_KEYPRESS_MS = 500;

/**
 * Ends the process on SIGTERM (from a process manager) and SIGINT (Ctrl-C): after `shutDown`, with code 0 if it returns
 * true, else 1. A second signal does not wait and ends the process at once with 1.
 *
 * @param now a clock in ms; @default performance.now
 */
export function onTerminationSignal(
  source: SignalSource,
  shutDown: (signal: NodeJS.Signals) => Promise<boolean>,
  now: () => number = () => performance.now(),
): void {
  let firstAt: number | undefined;
  const listener = (signal: NodeJS.Signals): void => {
    if (firstAt === undefined) {
      firstAt = now();
      // A failure ends the process as an unhandled rejection, with its stack and code 1.
      void shutDown(signal).then((clean) => source.exit(clean ? 0 : 1));
    } else if (now() - firstAt > SAME_KEYPRESS_MS) {
      source.exit(1);
    }
  };
  source.on('SIGTERM', listener);
  source.on('SIGINT', listener);
}
