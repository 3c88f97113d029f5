/** The session ended, or went on under another id, while this request was under way: nothing was stored. */
export class SessionGoneError extends Error {
  readonly code = 'ERR_SESSION_GONE';
  /** 409 Conflict, unless the handler catches it: nothing is wrong with the request but its moment. */
  readonly status = 409;
  readonly expose = true;

  constructor() {
    super('The session has ended or changed in the meantime. Reload the page and try again.');
    this.name = 'SessionGoneError';
  }
}

/** The session was changed when the headers were gone, and with them the way for its cookie. */
export class LateWriteError extends Error {
  readonly code = 'ERR_SESSION_LATE_WRITE';

  /** @param use an error made where the session was used too late, when that is known */
  constructor(key: string, use?: Error) {
    const place = placeOf(use);
    super(
      `session: '${key}' was changed after the response headers were sent, so its cookie cannot reach the browser. ` +
        'Call `await ctx.session.save()` before the first byte of the response.' +
        (place ? ` It was used too late ${place}` : ''),
      use && { cause: use },
    );
    this.name = 'LateWriteError';
  }
}

/** The first line of the stack outside of `ctx.session` itself: the handler. */
function placeOf(use: Error | undefined): string | undefined {
  return use?.stack
    ?.split('\n')
    .slice(1)
    .find((line) => !/[\\/]session[\\/](?:request-session|binding)\.[cm]?[jt]s/.test(line))
    ?.trim();
}
