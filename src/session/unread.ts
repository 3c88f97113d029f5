import type Koa from 'koa';
import type { Context } from 'koa';
import type { Life } from './life.ts';
import type { ResolvedOptions } from './resolve-options.ts';

/** A request that has come and has not looked at its session yet. */
export interface Reader {
  read(): void;
  /** Its neighbours in a list of {@link Unread}. */
  before: Reader | undefined;
  behind: Reader | undefined;
}

/**
 * The requests that have not looked at their sessions, of one store in the memory of this process. Nothing can happen to what
 * they would find before somebody writes, so the store is read when a handler asks, or else before the next write: each
 * finds what was there when it came, and most that never ask cost nothing.
 */
export class Unread {
  /** Some session was stored with no idle timeout: each request has to see whether it comes with such a one. */
  hasEndless = false;
  // A list that they hold themselves, since a Set has to give each request a hash: that cost 3 µs, and all the rest 2.
  #first: Reader | undefined;

  add(reader: Reader): void {
    reader.behind = this.#first;
    if (this.#first) this.#first.before = reader;
    this.#first = reader;
  }

  /** Also where it is not there any more. */
  delete(reader: Reader): void {
    const { before, behind } = reader;
    if (before) before.behind = behind;
    else if (this.#first === reader) this.#first = behind;
    if (behind) behind.before = before;
    reader.before = undefined;
    reader.behind = undefined;
  }

  /**
   * To be called before anything that is stored is changed.
   * @param life of what is going to be stored, if anything is
   */
  willChange(life?: Life): void {
    if (life?.maxAge === 'session') this.hasEndless = true;
    for (let reader = this.#first; reader; reader = this.#first) {
      this.delete(reader);
      reader.read();
    }
  }
}

// By store, and not a property of it: whoever wraps a store so that it answers later has another object, and that is not here.
const all = new WeakMap<object, Unread>();

/** To be called for a new store all of which is in the memory of this process: it began empty, and answers at once. */
export function mayBeReadLate(store: object): void {
  all.set(store, new Unread());
}

/** Those of a store; undefined: each request has to read it before its handlers run. */
export function unreadIn(store: object): Unread | undefined {
  return all.get(store);
}

/**
 * Where a request may wait to be read. Undefined: who has to be asked for its session may answer later, or what it brings may
 * call for a write or for a word, whether anybody looks or not.
 */
export function unreadFor({ app }: Context, options: Readonly<ResolvedOptions>): Unread | undefined {
  const { store, ContextStore, valid, onStoreError } = options;
  if (!store || ContextStore || valid || onStoreError === 'cookie') return undefined;
  const unread = unreadIn(store);
  const mayCallForMore = unread?.hasEndless || mayBeStale(app, options) || hasListeners(app);
  return mayCallForMore ? undefined : unread;
}

/** The cookie may be of an older key, and is then sent anew. */
function mayBeStale(app: Koa, { keys, signed, encrypt }: Readonly<ResolvedOptions>): boolean {
  const list: unknown = keys ?? app.keys;
  // A Keygrip does not tell how many keys it has.
  return (signed || encrypt) && !(Array.isArray(list) && list.length === 1);
}

/** Somebody wants to hear of sessions that cannot be gone on with. */
function hasListeners(app: Koa): boolean {
  return (
    app.listenerCount('session:missed') > 0 ||
    app.listenerCount('session:expired') > 0 ||
    app.listenerCount('session:invalid') > 0
  );
}
