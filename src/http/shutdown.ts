import { type EventEmitter, once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { DRAINING } from './health.ts';

/** How long a server that is about to end waits, in ms. */
export interface DrainLimits {
  /** Before it closes its port, so that load balancers see `/readyz` fail first. @default 300 */
  noticeMs?: number;
  /** Then, for connections that have sent no request yet. @default 1000 */
  firstRequestMs?: number;
  /** And for the requests in flight. @default 10_000 */
  inFlightMs?: number;
}

/**
 * Prepares a server to be drained. Call it before the first connection, since it keeps count of them: browsers
 * open connections in advance, and those that have sent no request yet `server.close()` leaves open, or closes all of them
 * from Node 26 on.
 *
 * The function that it returns ends the server; call it once. It emits {@link DRAINING} on the app, stops accepting
 * connections after a notice, closes those that are idle, and lets the requests in flight finish. It answers true if
 * they did, and false if it had to cut some off.
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
      // Else keep-alive would hold the connection open after its last response.
      if (draining && inFlight.size === 0) socket.destroySoon();
    });
  });

  return async () => {
    app.emit(DRAINING);
    await new Promise((resolve) => {
      setTimeout(resolve, noticeMs);
    });
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
      // The last one alone: Node drops the responses that follow `Connection: close`.
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

/** Tells the client not to send another request on a connection that is about to go. */
function askToClose(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader('Connection', 'close');
}

/** The part of `process` that is needed here; a test hands in its own. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  exit(code: number): void;
}

/** Ctrl-C reaches a program under `npm start` twice, from the terminal and from npm, within this many ms. */
const SAME_KEYPRESS_MS = 500;

/**
 * Ends the process on SIGTERM (from a process manager) and SIGINT (Ctrl-C): after `shutDown`, with code 0 if it answers
 * true, else 1. A second signal does not wait for it and ends at once with 1.
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
