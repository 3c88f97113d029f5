import type { Context } from 'koa';
import type { ResolvedOptions } from './resolve-options.ts';
import { RequestSession } from './request-session.ts';

/**
 * `ctx[property]`: which session a request's handlers see under that name. Inside a `session()` middleware it is that
 * one's; a mounted sub-app may shadow it with one of its own, and afterwards the outer one is back.
 */
export interface Binding {
  current(ctx: Context): RequestSession | undefined;
  bind(ctx: Context, session: RequestSession): void;
  /** Puts the accessors on `target`: the context prototype of an app, or a single context. */
  expose(target: object, fallback: Readonly<ResolvedOptions>): void;
}

const bindings = new Map<string, Binding>();

/** The one binding of that name, shared by all `session()` in this process, since apps can be mounted in each other. */
export function bindingOf(property: string): Binding {
  let binding = bindings.get(property);
  if (!binding) bindings.set(property, (binding = makeBinding(property)));
  return binding;
}

/** The session of this request under that name. Undefined when there is no `session()` of that name. */
export function requestSessionOf(ctx: Context, property: string): RequestSession | undefined {
  const binding = bindings.get(property);
  return binding?.current(ctx);
}

function makeBinding(property: string): Binding {
  // A property of the context, since a WeakMap by context cost 5 µs a request in garbage collection.
  const slot = Symbol(`the request's ${property}`);
  type Bound = Context & { [slot]?: RequestSession };
  const exposed = new WeakSet<object>();

  function current(ctx: Bound): RequestSession | undefined {
    return ctx[slot];
  }

  function bind(ctx: Bound, session: RequestSession): void {
    ctx[slot] = session;
  }

  function expose(target: object, fallback: Readonly<ResolvedOptions>): void {
    if (exposed.has(target)) return;
    exposed.add(target);
    // Asked before any middleware has run, the first set-up of the app answers.
    const sessionOf = (ctx: Context): RequestSession => {
      const found = current(ctx) ?? new RequestSession(ctx, fallback);
      bind(ctx, found);
      return found;
    };
    Object.defineProperties(target, {
      [property]: {
        configurable: true,
        get(this: Context) {
          return sessionOf(this).get();
        },
        set(this: Context, value: object | null) {
          // `app.context.session = …` in a test, not a request's assignment.
          if (this === target && !('req' in this)) {
            Object.defineProperty(target, property, { value, writable: true, configurable: true });
          } else {
            sessionOf(this).set(value);
          }
        },
      },
      [`${property}Options`]: {
        configurable: true,
        get(this: Context) {
          return sessionOf(this).options;
        },
      },
    });
  }

  return { current, bind, expose };
}
