import type { Context } from 'koa';

interface Framing {
  /** Origin whose pages this page may have in frames. */
  loads?: string;
  /** Origins on whose pages this one may be in a frame. */
  within?: readonly string[];
}

/** The one exception that the content security policy of the app knows, for this response alone. */
export function allowFrames(ctx: Context, { loads, within }: Framing): void {
  const directives = new Map(
    ctx.response
      .get('Content-Security-Policy')
      .split(';')
      .map((directive) => [directive.split(' ', 1)[0] ?? '', directive]),
  );
  if (loads !== undefined) directives.set('frame-src', `frame-src ${loads}`);
  if (within) {
    directives.set('frame-ancestors', `frame-ancestors ${within.join(' ')}`);
    // It cannot name origins, and says the same as before to browsers that know no frame-ancestors.
    ctx.remove('X-Frame-Options');
  }
  ctx.set('Content-Security-Policy', [...directives.values()].join(';'));
}
