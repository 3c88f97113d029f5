import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { canSend, isAbandoned, LateWriteError, varyByCookie } from '../cookie/response.ts';
import { reportError } from '../core/events.ts';
import type { Committing, Headers } from '../core/request-session.ts';
import { caught, isPromise, type MaybePromise } from '../core/waiting.ts';

/** What sends the headers of a response. */
const METHODS = ['writeHead', 'write', 'flushHeaders', 'end'] as const;

type Method = (typeof METHODS)[number];
type Methods = Record<Method, (...args: unknown[]) => unknown>;
type Call = readonly [method: Method, args: unknown[]];

/** A commit is under way: what waits for it, and when it is done or its failure is answered. */
type Opening = { readonly calls: Call[]; readonly done: Promise<void>; head?: Head; isUsed?: boolean };

/** What the headers were when the first of the calls was made. */
type Head = Pick<ServerResponse, 'statusCode' | 'statusMessage'> & { headers: OutgoingHttpHeaders };

/** What a commit may change in the headers. */
const OF_THE_SESSION = new Set(['set-cookie', 'vary', 'cache-control']);

/** What must fit the body. Of the others a commit may set some: `externalKey` names its own. */
const OF_THE_BODY = /^(?:content-|transfer-)/;

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
    else if (typeof this.#state === 'object') this.#state.isUsed = true;
  }

  /** The handlers are done: the session is committed, and what Koa sends need not wait. */
  open(): MaybePromise<void> {
    if (this.#state === 'failed') return;
    if (typeof this.#state === 'object') return this.#state.done.then(() => this.open());
    return this.#commit(true);
  }

  /** One of the methods was called. */
  call(method: Method, args: unknown[]): unknown {
    const isFirst = this.#state === 'closed' || (typeof this.#state === 'object' && !this.#state.head);
    const given = isFirst && method === 'writeHead' ? this.#takeHeaders(args) : args;
    if (this.#state === 'closed') {
      varyByCookie(this.#request.ctx);
      void this.#commit(false);
    }
    // Node calls writeHead() by itself, also for the answer to the failure that another gate still holds.
    const isNode = method === 'writeHead' && this.#state === 'failed' && !this.#res.headersSent;
    if (this.#state === 'open' || isNode) return this.#methods[method].apply(this.#res, given);
    if (typeof this.#state === 'object') this.#wait(this.#state, [method, given]);
    else drop([method, given]);
    // A source that is piped into the response goes on to its end.
    return method === 'write' ? this.#state === 'failed' : this.#res;
  }

  /** The headers of `writeHead` become those of the response: they must not take the place of the session's cookie. */
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

  /** For the app the headers are sent: what it does to them from now on has no effect, as without a session. */
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
        // Of arguments that cannot be sent: a handler that got this error would still end the response.
        reportError(this.#request.ctx, error);
      }
    }
    if (hasRoom && !this.#res.writableEnded) this.#res.emit('drain');
    // By a timer, perhaps after the commit had looked at it: it is stored now, or reported.
    if (isUsed)
      await caught(
        () => this.#request.commitNow(),
        (error) => reportError(this.#request.ctx, error),
      );
  }

  /**
   * Answers 500, as for an error of a handler; what the handler goes on to write is dropped.
   * @throws the error where Koa is to answer it: the handlers are done and have not begun to
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

/** A handler that waits for it goes on. */
function drop([method, args]: Call): void {
  const done = args.at(-1);
  if (typeof done === 'function') process.nextTick(done, new Error(`session: ${method}() came too late`));
}

type Gated = ServerResponse & { [gate: symbol]: HeaderGate | undefined };

/** The gates of one `session()`. */
export class HeaderGates implements Headers {
  readonly #gate = Symbol('gate');
  /** One for all requests: closures of each would cost every request that looks at its session. */
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
    // On an upgrade there may be no response.
    const { res } = request.ctx as { res?: ServerResponse };
    const gate = res && this.#gateOf(res);
    return gate ? gate.open() : request.commitNow();
  }

  #gateOf(res: ServerResponse): HeaderGate | undefined {
    return (res as Gated)[this.#gate];
  }
}
