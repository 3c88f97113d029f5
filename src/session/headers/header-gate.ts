import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { canSend, isAbandoned, LateWriteError, varyByCookie } from '../cookie/response.ts';
import { reportError } from '../core/events.ts';
import type { Committing, Headers } from '../core/request-session.ts';
import { caught, isPromise, type MaybePromise } from '../core/waiting.ts';

/** The methods that send the headers of a response. */
const METHODS = ['writeHead', 'write', 'flushHeaders', 'end'] as const;

type Method = (typeof METHODS)[number];
type Methods = Record<Method, (...args: unknown[]) => unknown>;
type Call = readonly [method: Method, args: unknown[]];

/** A commit under way: the calls that wait for it, and a promise of its end. */
type Opening = { readonly calls: Call[]; readonly done: Promise<void>; head?: Head; isUsed?: boolean };

/** Status and headers when the first call was made. */
type Head = Pick<ServerResponse, 'statusCode' | 'statusMessage'> & { headers: OutgoingHttpHeaders };

/** The headers that a commit may change. */
const OF_THE_SESSION = new Set(['set-cookie', 'vary', 'cache-control']);

/** Headers that must fit the body. `externalKey` may set any of the others during the commit. */
const OF_THE_BODY = /^(?:content-|transfer-)/;

/** Makes the response of one request wait for the commit of its session. */
class HeaderGate {
  readonly #request: Committing;
  readonly #res: ServerResponse;
  /** The original methods of the response. */
  readonly #methods: Methods;
  #state: 'closed' | 'open' | 'failed' | Opening = 'closed';

  constructor(request: Committing, methods: Methods) {
    this.#request = request;
    this.#res = request.ctx.res;
    this.#methods = methods;
  }

  close(): void {
    if (this.#state === 'open') this.#state = 'closed';
    else if (typeof this.#state === 'object') this.#state.isUsed = true;
  }

  /** Called when the handlers are done: commits, so that Koa's own response need not wait. */
  open(): MaybePromise<void> {
    if (this.#state === 'failed') return;
    if (typeof this.#state === 'object') return this.#state.done.then(() => this.open());
    return this.#commit(true);
  }

  /** Called in place of a method of the response. */
  call(method: Method, args: unknown[]): unknown {
    const isFirst = this.#state === 'closed' || (typeof this.#state === 'object' && !this.#state.head);
    const given = isFirst && method === 'writeHead' ? this.#takeHeaders(args) : args;
    if (this.#state === 'closed') {
      varyByCookie(this.#request.ctx);
      void this.#commit(false);
    }
    // Node itself calls writeHead(), also for an error response that the gate of another session still holds.
    const isNode = method === 'writeHead' && this.#state === 'failed' && !this.#res.headersSent;
    if (this.#state === 'open' || isNode) return this.#methods[method].apply(this.#res, given);
    if (typeof this.#state === 'object') this.#wait(this.#state, [method, given]);
    else drop([method, given]);
    // False makes a writer wait for 'drain'. After a failure true lets a piped source run to its end.
    return method === 'write' ? this.#state === 'failed' : this.#res;
  }

  /** Sets the headers given to `writeHead` on the response, where they do not replace the session's cookie. */
  #takeHeaders(args: unknown[]): unknown[] {
    const headers = args.at(-1);
    if (typeof headers !== 'object' || headers === null) return args;
    const pairs: unknown[] = Array.isArray(headers) ? headers : Object.entries(headers);
    const list = Array.isArray(pairs[0]) ? (pairs as unknown[][]).flat() : pairs;
    const names = list.filter((_item, at) => at % 2 === 0).map(String);
    for (const name of names) this.#res.removeHeader(name);
    for (const [at, name] of names.entries()) this.#res.appendHeader(name, list[2 * at + 1] as string);
    return args.slice(0, -1);
  }

  /**
   * Queues a call. For the app the headers are sent now, so its later changes to them have no effect, as without a
   * session.
   */
  #wait(opening: Opening, call: Call): void {
    const { statusCode, statusMessage } = this.#res;
    opening.head ??= { statusCode, statusMessage, headers: { ...this.#res.getHeaders() } };
    const isOver = opening.calls.at(-1)?.[0] === 'end';
    if (isOver || (call[0] === 'writeHead' && opening.calls.length > 0)) drop(call);
    else opening.calls.push(call);
  }

  #restore({ headers, ...status }: Head): void {
    const res = this.#res;
    for (const name of new Set([...res.getHeaderNames(), ...Object.keys(headers)])) {
      if (OF_THE_SESSION.has(name) || (res.hasHeader(name) && !OF_THE_BODY.test(name))) continue;
      const former = headers[name];
      if (former === undefined) res.removeHeader(name);
      else res.setHeader(name, former);
    }
    Object.assign(res, status);
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
      // A handler has responded by hand meanwhile, perhaps after a change that this commit does not have.
      if (isKoaNext && calls.length > 0) await this.#request.commitNow();
    } catch (error) {
      return this.#fail(error, isKoaNext && calls.length === 0, calls);
    }
    const { head, isUsed } = this.#state as Opening;
    this.#state = 'open';
    if (head && canSend(this.#request.ctx)) this.#restore(head);
    let hasRoom = false;
    for (const [at, [method, args]] of calls.entries()) {
      try {
        const answer = this.#methods[method].apply(this.#res, args);
        if (method === 'write') hasRoom = answer !== false;
      } catch (error) {
        if (!this.#res.headersSent) return this.#fail(error, false, calls.slice(at + 1));
        // Node refuses the arguments, but the handler has gone on: report it, and make the other calls.
        reportError(this.#request.ctx, error);
      }
    }
    if (hasRoom && !this.#res.writableEnded) this.#res.emit('drain');
    // The session was used during the commit, perhaps too late for it: commit again, or report the error.
    if (isUsed)
      await caught(
        () => this.#request.commitNow(),
        (error) => reportError(this.#request.ctx, error),
      );
  }

  /**
   * Answers with the error, as for an error of a handler, and drops what the handler writes.
   * @throws the error if Koa can answer it: the handlers are done and have sent nothing
   */
  #fail(error: unknown, isKoaNext: boolean, calls: readonly Call[] = []): void {
    const { ctx } = this.#request;
    this.#state = 'open';
    if (isKoaNext) throw error;
    if (!(isAbandoned(ctx) && error instanceof LateWriteError)) ctx.onerror(error as Error);
    this.#state = 'failed';
    for (const call of calls) drop(call);
    if (calls.some(([method]) => method === 'write')) this.#res.emit('drain');
  }
}

/** Drops a call, but calls its callback, so that a handler that waits for it goes on. */
function drop([method, args]: Call): void {
  const done = args.at(-1);
  if (typeof done === 'function') process.nextTick(done, new Error(`session: ${method}() came too late`));
}

type Gated = ServerResponse & { [gate: symbol]: HeaderGate | undefined };

/** Creates the gates of the requests of one `session()`. */
export class HeaderGates implements Headers {
  readonly #gate = Symbol('gate');
  /** Shared by all requests: creating closures for each would cost time. */
  readonly #methods = {} as Methods;

  constructor() {
    const gate = this.#gate;
    for (const method of METHODS) {
      this.#methods[method] = function callOfGate(this: ServerResponse, ...args: unknown[]) {
        return (this as Gated)[gate]?.call(method, args);
      };
    }
  }

  hold(request: Committing): void {
    const { res } = request.ctx;
    const known = this.#gateOf(res);
    if (known) return known.close();
    // oxlint-disable-next-line typescript/unbound-method -- called on the response again
    const { writeHead, write, flushHeaders, end } = res;
    const gate = new HeaderGate(request, { writeHead, write, flushHeaders, end } as Methods);
    Object.assign(res, this.#methods, { [this.#gate]: gate });
  }

  open(request: Committing): MaybePromise<void> {
    // On an upgrade the response may be missing.
    const { res } = request.ctx as { res?: ServerResponse };
    const gate = res && this.#gateOf(res);
    return gate ? gate.open() : request.commitNow();
  }

  #gateOf(res: ServerResponse): HeaderGate | undefined {
    return (res as Gated)[this.#gate];
  }
}
