import bodyParser from 'koa-bodyparser';
import createError from 'http-errors';
import type { Context, Middleware } from 'koa';

/** Limit of a body, in the notation of koa-bodyparser: 32 kibibytes, after decompression. */
const LIMIT = '32kb';
const TYPES = ['application/x-www-form-urlencoded', 'application/json'];

/**
 * Parses forms and JSON into `ctx.request.body`.
 *
 * @throws 413 for a body over 32 KiB, 415 for another content type or encoding, 400 for a body that cannot be read
 */
export function parseBody(): Middleware {
  const parse = bodyParser({
    enableTypes: ['form', 'json'],
    formLimit: LIMIT,
    jsonLimit: LIMIT,
    onerror: refuse,
  });

  return async function parseBodyMiddleware(ctx, next) {
    // Browsers send `Content-Length: 0` and no type for a POST without a body.
    if (ctx.is(TYPES) === false && ctx.request.length !== 0) {
      discardBody(ctx);
      const type = ctx.request.type.slice(0, 100) || 'of no named type';
      throw createError(415, `The body is ${type}; this server reads ${TYPES.join(' and ')}.`);
    }
    await parse(ctx, next);
  };
}

/** A field of the submitted form, or '' if it is missing or not a single string (`name[]=…`, a JSON object). */
export function formField({ request: { body } }: { request: { body?: unknown } }, name: string): string {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return '';
  const value: unknown = Reflect.get(body, name);
  return typeof value === 'string' ? value : '';
}

// The parsers' errors contain the body and differ in `expose`, and those of zlib have no status.
function refuse(error: Error & { status?: number; code?: unknown }, ctx: Context): never {
  discardBody(ctx);
  const status = String(error.code).startsWith('Z_') ? 400 : Number(error.status);
  const encoding = ctx.get('Content-Encoding').slice(0, 100);
  const messages: Record<number, string> = {
    400: 'The body could not be read: it is cut off, or not what its Content-Type and Content-Encoding say.',
    413: `The body is larger than the ${LIMIT} that this server reads.`,
    415: `The body is encoded as ${encoding}; gzip and deflate can be read.`,
  };
  const message = messages[status];
  throw message === undefined ? error : createError(status, message);
}

// An unread body would block the connection for the next request.
function discardBody(ctx: Context): void {
  ctx.req.unpipe();
  ctx.req.resume();
}
