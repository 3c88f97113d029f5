import { accessSync } from 'node:fs';
import { send } from '@fastify/send';
import type { Middleware } from 'koa';

/** In seconds. File names have no hash, so for up to an hour a page may get an old style sheet. */
const MAX_AGE = 3600;

/** What `send` answers to a path that names no file: it cannot be decoded, leaves the folder, or finds nothing. */
const NO_FILE = new Set([400, 403, 404]);

/**
 * Serves the files of a folder to GET and HEAD, with ETag, Last-Modified and ranges. Every other request goes on to the
 * next middleware, its response untouched. Names that begin with a dot, or have two in a row, are never served.
 *
 * In production files may be cached for an hour. Elsewhere a change shows at the next load: browsers ask each time, and
 * get 304 if nothing changed.
 *
 * @throws ENOENT at start if the folder is missing; 412 and 416 if the file does not meet the conditions of the request
 */
export function staticFiles(root: string, { production }: { production: boolean }): Middleware {
  accessSync(root);
  const options = { root, dotfiles: 'ignore', index: false, cacheControl: false } as const;
  const cacheControl = `public, max-age=${production ? MAX_AGE : 0}, must-revalidate`;

  return async function staticFilesMiddleware(ctx, next) {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next();
    // For n of them in the path `send` takes n² steps.
    if (/(?:\.|%2e){2}/i.test(ctx.path)) return next();
    const result = await send(ctx.req, ctx.path, options);
    if (result.type === 'directory' || NO_FILE.has(result.statusCode)) return next();
    if (result.type === 'error') throw result.metadata.error;
    ctx.status = result.statusCode;
    ctx.set({ ...result.headers, 'Cache-Control': cacheControl });
    ctx.body = result.stream;
  };
}
