import type { ServerResponse } from 'node:http';
import { varyByCookie } from '../cookie/caching.ts';
import type { Committing, Headers } from '../core/request-session.ts';
import { isPromise, type MaybePromise } from '../core/waiting.ts';

/** What sends the headers of a response. */
const METHODS = ['writeHead', 'write', 'flushHeaders', 'end'] as const;

type Method = (typeof METHODS)[number];
type Methods = Record<Method, (...args: unknown[]) => unknown>;
type Call = readonly [method: Method, args: unknown[]];

/** A commit is under way. */
interface Opening {
  /** What waits for it. */
  readonly calls: Call[];
  /** False when it has failed, and that was answered. */
  readonly done: Promise<boolean>;
}

/** Makes a response wait until the session of its request is committed. */
class HeaderGate {
  readonly #request: Committing;
  readonly #res: ServerResponse;
  /** Those of the response, as they were before. */
  readonly #methods: Methods;
  #state: 'closed' | 'open' | 'failed' | Opening = 'closed';

  constructor(request: Committing, methods: Methods) {
    this.#request = request;
    this.#res = request.ctx.res;
    this.#methods = methods;
  }

  close(): void {
    if (this.#state === 'open') this.#state = 'closed';
  }

  /** The handlers are done: the session is committed, and what Koa sends need not wait. */
  open(): MaybePromise<void> {
    const state = this.#state;
    if (state === 'failed') return;
    if (typeof state === 'object') return state.done.then(() => this.open());
    const opening = this.#commit((calls, error) => {
      this.#state = 'open';
      // Koa answers, unless a handler has begun to.
      if (calls.length === 0) throw error;
      return this.#fail(error);
    });
    return isPromise(opening) ? opening.then(() => undefined) : undefined;
  }

  /** One of the methods was called. */
  call(method: Method, args: unknown[]): unknown {
    if (this.#state === 'closed') {
      varyByCookie(this.#request.ctx);
      void this.#commit((_calls, error) => this.#fail(error));
    }
    if (this.#state === 'open') return this.#methods[method].apply(this.#res, args);
    if (typeof this.#state === 'object') this.#state.calls.push([method, args]);
    // A source that is piped into the response goes on to its end.
    return method === 'write' ? this.#state === 'failed' : this.#res;
  }

  #commit(failed: (calls: readonly Call[], error: unknown) => boolean): MaybePromise<boolean> {
    const calls: Call[] = [];
    try {
      const committing = this.#request.commitNow();
      if (isPromise(committing)) {
        const done = committing.then(
          () => this.#send(calls),
          (error: unknown) => failed(calls, error),
        );
        this.#state = { calls, done };
        return done;
      }
    } catch (error) {
      return failed(calls, error);
    }
    this.#state = 'open';
    return true;
  }

  #send(calls: readonly Call[]): boolean {
    this.#state = 'open';
    let isFull: boolean | undefined;
    try {
      for (const [method, args] of calls) {
        const answer = this.#methods[method].apply(this.#res, args);
        if (method === 'write') isFull = answer === false;
      }
    } catch (error) {
      return this.#fail(error);
    }
    if (isFull === false && !this.#res.writableEnded) this.#res.emit('drain');
    return true;
  }

  /** Answers 500, as for an error of a handler; what the handler goes on to write is dropped. */
  #fail(error: unknown): boolean {
    this.#state = 'open';
    this.#request.ctx.onerror(error as Error);
    this.#state = 'failed';
    return false;
  }
}

/** The gates of one `session()`. */
export class HeaderGates implements Headers {
  readonly #gate = Symbol('gate');
  readonly #methods: Methods;

  constructor() {
    const gate = this.#gate;
    // One for all requests: closures of each would cost every request that looks at its session.
    const made = METHODS.map((method) => [
      method,
      function callOfGate(this: Gated, ...args: unknown[]) {
        return this[gate]?.call(method, args);
      },
    ]);
    this.#methods = Object.fromEntries(made) as Methods;
  }

  hold(request: Committing): void {
    const res = request.ctx.res as unknown as Gated & Methods;
    const known = res[this.#gate];
    if (known) {
      known.close();
      return;
    }
    const { writeHead, write, flushHeaders, end } = res;
    res[this.#gate] = new HeaderGate(request, { writeHead, write, flushHeaders, end });
    Object.assign(res, this.#methods);
  }

  open(request: Committing): MaybePromise<void> {
    const gate = (request.ctx.res as unknown as Gated | undefined)?.[this.#gate];
    return gate ? gate.open() : request.commitNow();
  }
}

interface Gated {
  [gate: symbol]: HeaderGate | undefined;
}
