import type { Context } from 'koa';

/**
 * Puts the headers that an error carries (`err.headers`, as http-errors and Koa know them) on the response, beside those
 * that are there: cookies are added, each once, `Vary` is extended, others replace their namesake. What describes the
 * body or its caching is left out, since the error page decides that.
 */
export function addErrorHeaders(ctx: Context, headers: unknown): void {
  if (typeof headers !== 'object' || headers === null) return;
  for (const [name, value] of Object.entries(headers)) {
    if (value == null) continue;
    const values = [value].flat().map(String);
    switch (name.toLowerCase()) {
      case 'content-type':
      case 'content-length':
      case 'cache-control':
        break;
      case 'set-cookie':
        // The session middleware may have set its cookie on the response and on the error.
        ctx.set('Set-Cookie', [...new Set([...cookiesOf(ctx), ...values])]);
        break;
      case 'vary':
        ctx.vary(values);
        break;
      default:
        ctx.set(name, Array.isArray(value) ? values : String(value));
    }
  }
}

function cookiesOf(ctx: Context): string[] {
  return [ctx.response.headers['set-cookie'] ?? []].flat().map(String);
}
