import { STATUS_CODES } from 'node:http';
import { inspect, types } from 'node:util';
import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import type { RequestState } from './log.ts';

/** The content of an error page, not escaped. */
export interface ErrorPage {
  /** 400 to 599. */
  status: number;
  /** The status in words, e.g. 'Not Found'. */
  title: string;
  /** One or two sentences for the visitor. */
  message: string;
  /** Finds the request in the log. Empty if no `requestLog` runs above. */
  requestId: string;
  /** The stack of a 5xx; absent unless `showsStack`. */
  detail?: string;
}

/** Headers of the body that an error page replaces; Koa itself corrects the length. */
const STALE = 'Content-Type Content-Encoding Content-Disposition Content-Range ETag Last-Modified'.split(' ');

export interface ErrorPagesOptions {
  /**
   * Makes the HTML page. If it throws, the answer is plain text. It may read `ctx.state`, but not the session, which may
   * have failed.
   */
  render: (page: ErrorPage, ctx: Context) => string;
  /** Whether the page of a 5xx shows the stack: off when others can reach the app (CWE-209). */
  showsStack: boolean;
  log: Logger;
}

/**
 * Answers errors that are thrown below, and statuses from 400 on without a body, such as Koa's own 404: with HTML, JSON
 * (`{ error: { status, message, requestId } }`) or text, whichever the request accepts.
 *
 * - The message of an error is shown if its `expose` is true (the default of http-errors for 4xx), else a general one.
 * - `err.headers` and the headers set so far are sent, except those of the replaced body. Koa's own handler would drop
 *   them all, session cookies and security headers included.
 * - The page names one request, so it is never cached.
 * - 5xx are logged with their stack and the request id. Only the request log shows 4xx, 5xx whose message is for the
 *   client, and requests that the client aborted.
 */
export function errorPages({ render, showsStack, log }: ErrorPagesOptions): Middleware {
  return async function errorPagesMiddleware(ctx, next) {
    try {
      await next();
      if (lacksBody(ctx)) answer(ctx, pageOf(ctx, ctx.status));
    } catch (thrown) {
      const error = toError(thrown);
      const isOurs = isFailure(error);
      const logger = loggerOf(ctx, log);
      if (isClientAbort(error, ctx)) logger.debug({ err: error }, 'client aborted the request');
      else if (isOurs) logger.error({ err: error }, 'request failed');

      if (ctx.headerSent || !ctx.writable) {
        // Half a response is sent already. Only a closed connection tells the client that the rest is missing.
        if (!ctx.res.writableEnded) ctx.res.destroy();
        return;
      }
      const page = pageOf(ctx, statusOf(error));
      if (error.expose === true && error.message !== '') page.message = error.message;
      if (showsStack && isOurs && error.stack !== undefined) page.detail = error.stack;
      addErrorHeaders(ctx, error.headers);
      answer(ctx, page);
    }
  };

  function answer(ctx: Context, page: ErrorPage): void {
    for (const name of STALE) ctx.remove(name);
    ctx.set('Cache-Control', 'no-store');
    ctx.vary('Accept');
    const { status, message, requestId } = page;
    ctx.status = status;
    const type = ctx.accepts('html', 'json', 'text');
    if (type === 'json') ctx.body = { error: { status, message, requestId } };
    else ctx.body = (type === 'html' && html(page, ctx)) || text(page);
  }

  function html(page: ErrorPage, ctx: Context): string | undefined {
    try {
      return render(page, ctx);
    } catch (error) {
      loggerOf(ctx, log).error({ err: error }, 'the error page failed');
      return undefined;
    }
  }
}

/**
 * Adds the headers of an error (`err.headers`, as http-errors and Koa use it) to the response: cookies are appended, each
 * once, `Vary` is extended, and other headers replace those of the same name.
 */
function addErrorHeaders(ctx: Context, headers: unknown): void {
  if (typeof headers !== 'object') return;
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value == null) continue;
    const values = [value].flat().map(String);
    // The session middleware may have set its cookie on the response and on the error.
    const cookies = [ctx.response.headers['set-cookie'] ?? []].flat().map(String);
    if (name.toLowerCase() === 'vary') ctx.vary(values);
    else if (name.toLowerCase() === 'set-cookie') ctx.set(name, [...new Set([...cookies, ...values])]);
    else ctx.set(name, values);
  }
}

/**
 * For `app.on('error', …)`: logs what `errorPages` cannot catch, such as a stream that breaks after its headers were sent.
 * Without a listener Koa prints such errors to the console, and throws for values that are not errors.
 */
export function logAppErrors(log: Logger): (thrown: unknown, ctx?: Context) => void {
  // Koa reports a stream's error twice: when the stream ends and when the response does.
  const logged = new WeakSet<Error>();

  return (thrown, ctx) => {
    const error = toError(thrown);
    if (logged.has(error)) return;
    logged.add(error);

    const logger = loggerOf(ctx, log);
    // Clients often leave in the middle of a download.
    const isCutOff = error.code === 'ERR_STREAM_PREMATURE_CLOSE';
    if (isCutOff) logger.debug({ err: error }, 'response cut off by the client');
    else if (isConnectionError(error, ctx)) logger.debug({ err: error }, 'client aborted the request');
    else if (isFailure(error)) logger.error({ err: error }, 'request failed');
  };
}

type ThrownError = Error & { [Field in 'status' | 'statusCode' | 'expose' | 'headers' | 'code']?: unknown };

function toError(thrown: unknown): ThrownError {
  // An error of another realm (node:vm) is not an instance of this realm's Error.
  if (thrown instanceof Error || types.isNativeError(thrown)) return thrown;
  return new Error(`A value that is not an error was thrown: ${inspect(thrown, { depth: 1 })}`);
}

function statusOf({ status, statusCode }: ThrownError): number {
  const code = status ?? statusCode;
  return typeof code === 'number' && code >= 400 && STATUS_CODES[code] !== undefined ? code : 500;
}

/** Code and message of Node's errors for a client that left, was too slow or did not speak HTTP. */
const CLIENT_ABORT = /^(ECONNRESET aborted$|ERR_HTTP_REQUEST_TIMEOUT |HPE_)/;

/** Whether a handler failed because the client aborted the request. A stream into which it is piped can fail it too. */
function isClientAbort(error: ThrownError, { req }: Context): boolean {
  return error === req.errored && CLIENT_ABORT.test(`${String(error.code)} ${error.message}`);
}

/** Whether the client's connection failed first, and not a stream of ours that was piped from or to it. */
function isConnectionError(error: ThrownError, { req, res }: Partial<Context> = {}): boolean {
  return error === req?.socket?.errored && error !== req.errored && error !== res?.errored;
}

/** An error whose message is for the client, such as that a store is unavailable, is an answer and not a failure. */
function isFailure(error: ThrownError): boolean {
  return statusOf(error) >= 500 && error.expose !== true;
}

function lacksBody(ctx: Context): boolean {
  return ctx.status >= 400 && ctx.body == null && ctx.respond !== false && ctx.writable && !ctx.headerSent;
}

function pageOf({ state }: Context, status: number): ErrorPage {
  const { requestId = '' }: Partial<RequestState> = state;
  const title = STATUS_CODES[status] ?? 'Error';
  return { status, title, message: MESSAGES[status] ?? `${title}.`, requestId };
}

const MESSAGES: Record<number, string> = {
  404: 'There is nothing at this address.',
  500: 'Something went wrong on our side. It has been logged. Please try again later.',
};

function text({ status, title, message, requestId, detail }: ErrorPage): string {
  const request = requestId === '' ? '' : `\nRequest id: ${requestId}`;
  return `${status} ${title}\n${message}${request}\n${detail === undefined ? '' : `\n${detail}\n`}`;
}

/** The request's log, whose lines name the request; the app's log if no `requestLog` runs above. */
function loggerOf(ctx: Context | undefined, log: Logger): Logger {
  const { log: own }: Partial<RequestState> = ctx?.state ?? {};
  return own ?? log;
}
