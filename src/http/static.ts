import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Middleware } from 'koa';
import sirv from 'sirv';

/** Seconds. File names carry no hash, so an hour is the longest that a page may meet the style sheet of yesterday. */
const MAX_AGE = 3600;

/**
 * Serves the files of a folder to GET and HEAD, with ETag, Last-Modified and ranges. What is no file there goes on to
 * the next middleware as if nothing had been. Names that begin with a dot are never served.
 *
 * In production the folder is read once, at start, and files may be cached for an hour. Elsewhere a change shows at
 * the next load: browsers ask each time, and get 304 if nothing changed.
 *
 * @throws ENOENT at start if the folder is missing (production)
 */
export function staticFiles(folder: string, { production }: { production: boolean }): Middleware {
  const cacheControl = `public, max-age=${production ? MAX_AGE : 0}, must-revalidate`;
  const serve = sirv(folder, {
    dev: !production,
    etag: true,
    extensions: [],
    // Called when a file is about to be sent, which is when a 304 is out of the question.
    setHeaders: (res, _path, { size }) => {
      res.removeHeader('ETag');
      ignoreOddRange(res.req, size);
    },
  });

  return async function staticFilesMiddleware(ctx, next) {
    if ((ctx.method !== 'GET' && ctx.method !== 'HEAD') || hasDotName(ctx.path)) {
      await next();
      return;
    }

    // sirv sets no headers on a 304, though RFC 9110 §15.4.5 wants those of the 200. So they are set beforehand, the
    // ETag being the one that the request names: if sirv answers 304 it is right, if not it is taken back.
    const before = ['Cache-Control', 'ETag'].map((name) => [name, ctx.res.getHeader(name)] as const);
    ctx.set('Cache-Control', cacheControl);
    if (ctx.get('If-None-Match') !== '') ctx.set('ETag', ctx.get('If-None-Match'));

    // sirv pipes and looks away: an error of the file would end the process, a client gone would leave the file open.
    const supervise = (file: Readable): void => {
      file.once('error', (error) => ctx.res.destroy(error));
      ctx.res.once('close', () => file.destroy());
    };
    ctx.res.once('pipe', supervise);

    let missed = false;
    serve(ctx.req, ctx.res, () => {
      missed = true;
    });
    if (!missed) {
      ctx.respond = false;
      return;
    }

    ctx.res.removeListener('pipe', supervise);
    for (const [name, value] of before) {
      if (value === undefined) ctx.res.removeHeader(name);
      else ctx.res.setHeader(name, value);
    }
    await next();
  };
}

// Also covers `..`. sirv leaves dot files out only when it reads the folder once.
function hasDotName(path: string): boolean {
  try {
    return /(^|[/\\])\./.test(decodeURIComponent(path));
  } catch {
    // Encodes no name, so it names no file.
    return true;
  }
}

// Of the ranges sirv takes `bytes=-5`, `bytes=9-3` and `bytes=0-0` wrong, as well as If-Range. Range may always be
// ignored (RFC 9110 §14.2), so it only gets to see what it takes right.
function ignoreOddRange({ method, headers }: IncomingMessage, size: number): void {
  const [, from, to] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(headers.range ?? '') ?? [];
  const right =
    method === 'GET' &&
    headers['if-range'] === undefined &&
    from !== undefined &&
    Number(from) < size &&
    (to === '' || (Number(to) >= Number(from) && Number(to) > 0));
  if (!right) delete headers.range;
}
