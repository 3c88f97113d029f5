import { randomUUID } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import type { Middleware } from 'koa';
import { type DestinationStream, type Logger, pino } from 'pino';
import type { Config } from '../config.ts';
import { type SessionEvent, sessionPlace } from '../session/index.ts';
import { pathOf } from './request-limits.ts';

/** Members that are redacted at each of the top four levels of a logged object. */
const SECRETS = 'cookie cookies ["set-cookie"] authorization password session body rawBody'.split(' ');

/**
 * The app's logger: one JSON object a line.
 *
 * Secrets stay out because requests and responses are never logged as objects, and errors only with named fields. The
 * redaction is a second net, for mistakes.
 *
 * @param destination where the lines go; @default standard output
 */
export function createLog(level: Config['logLevel'], destination?: DestinationStream): Logger {
  // pino's `*` stands for exactly one level, so each depth has to be spelt out.
  const paths = SECRETS.flatMap((name) => {
    const member = name.startsWith('[') ? name : `.${name}`;
    return [name, `*${member}`, `*.*${member}`, `*.*.*${member}`];
  });
  const redact = { paths, censor: '[redacted]' };
  return pino({ level, serializers: { err: errorFields }, redact }, destination);
}

// Errors can hold secrets: body parsers attach the body to them, Koa middleware the headers with Set-Cookie.
function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { type, message, stack } = pino.stdSerializers.err(error);
  const { code, status } = error as Error & { code?: unknown; status?: unknown };
  return { type, message, stack, code, status };
}

/** What `requestLog` puts on `ctx.state`, for the middleware below it. */
export interface RequestState {
  /** Names this request in the log, on the error page and in the `X-Request-Id` header. */
  requestId: string;
  /** The app's log; every line through it carries the request id. */
  log: Logger;
}

/**
 * Logs one line for every request, when its response was sent or aborted: method, path, status, duration in ms and bytes
 * written to the connection, headers included. The path is missing if the target has none. The query is left out, since
 * links such as those of password resets have their secret there; so are all headers and bodies.
 *
 * Sets `ctx.state.requestId`, `ctx.state.log` and `X-Request-Id`. If the app trusts its proxy (`app.proxy`), it uses the
 * proxy's id, so that both logs name the request alike.
 */
export function requestLog(log: Logger): Middleware {
  return async function requestLogMiddleware(ctx, next) {
    const { req, res, method } = ctx;
    const path = pathOf(ctx);
    const forwarded = ctx.app.proxy ? ctx.get('X-Request-Id') : '';
    const requestId = /^[\w.-]{1,128}$/.test(forwarded) ? forwarded : randomUUID();
    const state: RequestState = { requestId, log: log.child({ requestId }) };
    Object.assign(ctx.state, state);
    ctx.set('X-Request-Id', requestId);

    const startedAt = performance.now();
    // The response drops its socket when it ends, so keep a reference.
    const { socket } = req;
    const writtenBefore = socket.bytesWritten;
    res.once('close', () => {
      // Until headers are sent the status is only Koa's preset 404.
      const status = res.headersSent ? res.statusCode : undefined;
      const ms = Math.round((performance.now() - startedAt) * 10) / 10;
      const bytes = socket.bytesWritten - writtenBefore;
      const message = res.writableFinished ? 'request' : 'request aborted';
      state.log.info({ method, path, status, ms, bytes }, message);
    });
    await next();
  };
}

/** How long, in ms, a repeated failure is not logged again. */
const QUIET = 60_000;

/** Logs a lasting failure once, and then once a minute how often it happened since. */
export interface LogOnce {
  (error: unknown): void;
  /** Call it when the failure is over, so that the next one is logged at once. Returns whether there was one. */
  isOver(): boolean;
}

/**
 * @param tell logs a failure; `times`: how many there were since the last one that was logged
 * @param now a clock in ms; @default performance.now
 */
export function logOnce(
  tell: (error: unknown, times: number) => void,
  now: () => number = () => performance.now(),
): LogOnce {
  let toldAt: number | undefined;
  let times = 0;
  const log = (error: unknown): void => {
    times += 1;
    if (toldAt !== undefined && now() - toldAt < QUIET) return;
    tell(error, times);
    toldAt = now();
    times = 0;
  };
  const isOver = (): boolean => {
    const wasFailing = toldAt !== undefined;
    toldAt = undefined;
    times = 0;
    return wasFailing;
  };
  return Object.assign(log, { isOver });
}

/** Logs problems of sessions that fail no request. */
export function logSessions(app: EventEmitter, log: Logger): void {
  // During an outage every request fails.
  const failed = logOnce((error, times) => log.error({ err: error, times }, 'the session store failed'));
  app.on('session:store-error', ({ value }: SessionEvent) => failed(value));
  for (const event of ['session:created', 'session:saved', 'session:renewed']) {
    app.on(event, ({ ctx }: SessionEvent) => {
      if (sessionPlace(ctx) === 'store' && failed.isOver()) log.info('the session store works again');
    });
  }
  app.on('session:rejected', ({ value, fingerprint }: SessionEvent) => {
    log.warn({ err: value, session: fingerprint }, 'a session cookie that no browser would keep');
  });
  app.on('session:gone', ({ value, fingerprint: session, ctx }: SessionEvent) => {
    // Names only, never values.
    const keys = Object.keys(Object(value) as object);
    log.info({ session, path: ctx.path, keys }, 'the session ended while a request was under way');
  });
}
