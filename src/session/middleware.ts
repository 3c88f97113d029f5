import type { Context, Middleware, Next } from 'koa';
import { varyByCookie } from './cookie/caching.ts';
import { keepOnError } from './cookie/keep-on-error.ts';
import { bindingOf } from './binding.ts';
import type { SessionOptions } from './options.ts';
import { type ResolvedOptions, resolveOptions } from './resolve-options.ts';
import { RequestSession } from './request-session.ts';

/** What `session()` needs of a Koa application, whatever its state and context types. */
export interface SessionApp {
  use: (...middleware: never[]) => unknown;
  context: object;
}

/**
 * Gives every request a session, as `ctx.session`.
 *
 * @example
 * app.keys = [process.env.SESSION_KEY];
 * app.use(session({ maxAge: 86_400_000, sameSite: 'lax' }, app));
 * app.use((ctx) => {
 *   ctx.session.views = (ctx.session.views ?? 0) + 1;
 *   ctx.body = `${ctx.session.views} views`;
 * });
 *
 * @throws {TypeError} when there is no app, an option is not what it must be, or the app already has a session with
 *   this cookie but other options
 */
export function session(options: SessionOptions | null | undefined, app: SessionApp): Middleware;
export function session(app: SessionApp, options?: SessionOptions | null): Middleware;
export function session(
  first: SessionApp | SessionOptions | null | undefined,
  second?: SessionApp | SessionOptions | null,
): Middleware {
  const [app, given] = isApp(first) ? [first, second] : [second, first];
  if (!isApp(app)) throw new TypeError('session: app instance required: `session(options, app)`');

  if (given != null && typeof given !== 'object') {
    throw new TypeError(`session: the options must be an object, got ${JSON.stringify(given)}`);
  }
  const options = resolveOptions((given ?? {}) as SessionOptions);
  register(app, options);
  const binding = bindingOf(options.property);
  binding.expose(app.context, options);

  return function sessionMiddleware(ctx: Context, next: Next): Promise<void> {
    const outer = binding.current(ctx);
    if (outer?.hasBegun && outer.options.key === options.key) {
      requireSame(outer.configured, options);
      return next();
    }
    // A mounted sub-app runs on a context of its parent, which knows nothing of the sub-app's session.
    if (!(options.property in ctx)) binding.expose(ctx, options);
    const own = outer?.configured === options ? outer : new RequestSession(ctx, options);
    binding.bind(ctx, own);
    const running = run(own, ctx, next);
    return outer ? running.finally(() => binding.bind(ctx, outer)) : running;
  };
}

async function run(session: RequestSession, ctx: Context, next: Next): Promise<void> {
  const beginning = session.begin();
  if (beginning) await beginning;
  let failure: { error: unknown } | undefined;
  try {
    await next();
  } catch (error) {
    failure = { error };
  }
  try {
    const ending = session.end();
    if (ending) await ending;
  } catch (error) {
    // What failed first is what the client hears of, and once the response is under way nothing can be answered.
    if (!failure && !ctx.headerSent) throw error;
    ctx.app.emit('error', error, ctx);
  }
  if (session.touched && !ctx.headerSent) {
    varyByCookie(ctx);
    // For a session that was only read; a written one has seen to it.
    if (failure) keepOnError(ctx, session.configured.key);
  }
  if (failure) throw failure.error;
}

/** The sessions of each app (by its context prototype), by the name of their cookie. */
const registered = new WeakMap<object, Map<string, Readonly<ResolvedOptions>>>();

function register(app: SessionApp, options: Readonly<ResolvedOptions>): void {
  const sessions = registered.get(app.context) ?? new Map<string, Readonly<ResolvedOptions>>();
  registered.set(app.context, sessions);
  const former = sessions.get(options.key);
  if (former) requireSame(former, options);
  sessions.set(options.key, options);
}

/** @throws {TypeError} when two set-ups claim one cookie: each would overwrite what the other wrote */
function requireSame(one: Readonly<ResolvedOptions>, other: Readonly<ResolvedOptions>): void {
  const names = Object.keys(one) as (keyof ResolvedOptions)[];
  const different = names.filter((name) => !isSame(one[name], other[name]));
  if (different.length === 0) return;
  throw new TypeError(
    `session: two sessions use the cookie '${one.key}' with different options (${different.join(', ')}). Give one of ` +
      'them another `key`, and another `property` if handlers need both.',
  );
}

function isSame(one: unknown, other: unknown): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other;
  return one.length === other.length && one.every((item, at) => item === other[at]);
}

function isApp(value: unknown): value is SessionApp {
  return typeof value === 'object' && value !== null && 'use' in value && typeof value.use === 'function';
}
