import type { ServerResponse } from 'node:http';
import { varyByCookie } from '../cookie/caching.ts';
import type { Committing, Headers } from '../core/request-session.ts';
import { isPromise, type MaybePromise } from '../core/waiting.ts';

/** What sends the headers of a response. */
const METHODS = ['writeHead', 'write', 'flushHeaders', 'end'] as const;

type Method = (typeof METHODS)[number];
type Methods = Record<Method, (...args: unknown[]) => unknown>;
type Call = readonly [method: Method, args: unknown[]];

/** A commit is under way: what waits for it, and when it is done or its failure is answered. */
type Opening = { readonly calls: Call[]; readonly done: Promise<void> };

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
    if (this.#state === 'failed') return;
    if (typeof this.#state === 'object') return this.#state.done.then(() => this.open());
    return this.#commit(true);
  }

  /** One of the methods was called. */
  call(method: Method, args: unknown[]): unknown {
    if (this.#state === 'closed') {
      varyByCookie(this.#request.ctx);
      void this.#commit(false);
    }
    if (this.#state === 'open') return this.#methods[method].apply(this.#res, args);
    if (typeof this.#state === 'object') this.#state.calls.push([method, args]);
    // A source that is piped into the response goes on to its end.
    return method === 'write' ? this.#state === 'failed' : this.#res;
  }

  #commit(isKoaNext: boolean): MaybePromise<void> {
    try {
      const committing = this.#request.commitNow();
      if (isPromise(committing)) {
        const calls: Call[] = [];
        const done = this.#sendAfter(committing, calls, isKoaNext);
        this.#state = { calls, done };
        return done;
      }
      this.#state = 'open';
    } catch (error) {
      this.#fail(error, isKoaNext);
    }
  }

  async #sendAfter(committing: Promise<void>, calls: readonly Call[], isKoaNext: boolean): Promise<void> {
    try {
      await committing;
      this.#state = 'open';
      let hasRoom = false;
      for (const [method, args] of calls) {
        const answer = this.#methods[method].apply(this.#res, args);
        if (method === 'write') hasRoom = answer !== false;
      }
      if (hasRoom && !this.#res.writableEnded) this.#res.emit('drain');
    } catch (error) {
      this.#fail(error, isKoaNext && calls.length === 0);
    }
  }

  /**
   * Answers 500, as for an error of a handler; what the handler goes on to write is dropped.
   * @throws the error where Koa is to answer it: the handlers are done and have not begun to
   */
  #fail(error: unknown, isKoaNext: boolean): void {
    this.#state = 'open';
    if (isKoaNext) throw error;
    this.#request.ctx.onerror(error as Error);
    this.#state = 'failed';
  }
}

/** A response, with the gate of each `session()` that holds its headers. */
type Gated = { [gate: symbol]: HeaderGate | undefined };

/** The gates of one `session()`. */
export class HeaderGates implements Headers {
  readonly #gate = Symbol('gate');
  /** One for all requests: closures of each would cost every request that looks at its session. */
  readonly #methods = {} as Methods;

  constructor() {
    const gate = this.#gate;
    for (const method of METHODS) {
      this.#methods[method] = function callOfGate(this: Gated, ...args: unknown[]) {
        return this[gate]?.call(method, args);
      };
    }
  }

  hold(request: Committing): void {
    const res = request.ctx.res as unknown as Gated & Methods;
    const known = res[this.#gate];
    if (known) return known.close();
    const { writeHead, write, flushHeaders, end } = res;
    res[this.#gate] = new HeaderGate(request, { writeHead, write, flushHeaders, end });
    Object.assign(res, this.#methods);
  }

  open(request: Committing): MaybePromise<void> {
    const gate = (request.ctx.res as unknown as Gated | undefined)?.[this.#gate];
    return gate ? gate.open() : request.commitNow();
  }
}
