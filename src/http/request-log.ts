import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';
import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import type { Config } from '../config.ts';
import { pathOf } from './request-target.ts';

/** What `requestLog` puts on `ctx.state`, for the middleware below it. */
export interface RequestState {
  /** Names this request in the log, on the error page and in the `X-Request-Id` header. */
  requestId: string;
  /** The app's log; every line through it carries the request id. */
  log: Logger;
}

/**
 * The app's logger: one JSON object a line.
 *
 * What must never be logged is kept out where the lines are made: requests and responses are not logged as objects,
 * and of an error only the named fields are. The redaction is a second net for what somebody logs by mistake.
 *
 * @param destination where the lines go; @default standard output
 */
export function createLog(level: Config['logLevel'], destination?: DestinationStream): Logger {
  const secrets = [
    'cookie',
    'cookies',
    '["set-cookie"]',
    'authorization',
    'password',
    'session',
    'body',
    'rawBody',
  ];
  const options = {
    level,
    serializers: { err: errorFields },
    redact: { paths: secrets.flatMap(atAnyDepth), censor: '[redacted]' },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

// pino's `*` stands for exactly one level, so each depth has to be spelt out.
function atAnyDepth(name: string): string[] {
  const member = name.startsWith('[') ? name : `.${name}`;
  return [name, `*${member}`, `*.*${member}`, `*.*.*${member}`];
}

// Errors carry more than they show: body parsers hang the body on them, Koa middleware the headers with Set-Cookie.
function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { type, message, stack } = pino.stdSerializers.err(error);
  const { code, status } = error as Error & { code?: unknown; status?: unknown };
  return { type, message, stack, code, status };
}

/**
 * Logs one line for every request, when its response has been sent or given up: method, path, status, duration in ms
 * and bytes written to the connection, headers included. The path is missing if the target has none. The query is left
 * out, since links for password resets and the like carry their secret there; so are all headers and bodies.
 *
 * Sets `ctx.state.requestId`, `ctx.state.log` and `X-Request-Id`. The id of a proxy is taken over when the app trusts
 * its proxy (`app.proxy`), so that one id follows the request through both logs.
 */
export function requestLog(log: Logger): Middleware {
  return async function requestLogMiddleware(ctx, next) {
    const { req, res, method } = ctx;
    const path = pathOf(ctx);
    const requestId = forwardedId(ctx.app.proxy, ctx.get('X-Request-Id')) ?? randomUUID();
    const state: RequestState = { requestId, log: log.child({ requestId }) };
    Object.assign(ctx.state, state);
    ctx.set('X-Request-Id', requestId);

    const startedAt = performance.now();
    // The response lets go of its socket when it ends, hence a reference of our own.
    const { socket } = req;
    const writtenBefore = socket.bytesWritten;
    res.once('close', () => {
      const line = {
        method,
        path,
        // Until headers are sent the status is only Koa's preset 404.
        status: res.headersSent ? res.statusCode : undefined,
        ms: Math.round((performance.now() - startedAt) * 10) / 10,
        bytes: socket.bytesWritten - writtenBefore,
      };
      if (res.writableFinished) state.log.info(line, 'request');
      else state.log.info(line, 'request aborted');
    });

    await next();
  };
}

function forwardedId(trusted: boolean, id: string): string | undefined {
  return trusted && /^[\w.-]{1,128}$/.test(id) ? id : undefined;
}
