import type { Context } from 'koa';
import { emitSessionEvent } from '../events.ts';
import { judge } from '../judge.ts';
import { KeptSession } from '../kept-session.ts';
import { endOf, type Life, timeToLive } from '../life.ts';
import {
  type MaybePromise,
  REPLACED_FOR,
  type SessionWrite,
  type Version,
  type VersionedStore,
} from '../store.ts';
import type { Presented } from '../persistence.ts';
import { type RequestOptions, type ResolvedOptions, userIn } from '../resolve-options.ts';
import { layOver, livedOn, type StandIn } from './stand-in.ts';

/** How often it begins again because others were faster, before something must be wrong. */
const MOST_ROUNDS = 100;

/** The store has failed: of all that may go wrong here, what makes an outage. */
export class StoreFailure extends Error {}

/** Up to which round a stand-in was laid: neither that cookie nor a copy of it may be laid again. */
interface Mark {
  round: number;
  /** ms since 1970 */
  at: number;
  version: Version;
}

/**
 * Brings a stand-in home into the store, once: what was written while the store was away is laid over the session that it
 * has, or begins one when there is none.
 *
 * Several requests may come with the same stand-in, and each may be cut off anywhere. So: what is stored is read first,
 * then the mark. Only when that does not have it yet is the stand-in laid, on condition that nobody has changed what was
 * read; only then the mark is set, and only then handlers run. Who finds no mark has therefore read what no handler has
 * yet changed, and to lay it twice is the same as once.
 */
export class Returning {
  /** The session in the store, as far as it could be read before that failed. */
  found: KeptSession | undefined;
  readonly #ctx: Context;
  readonly #request: RequestOptions;
  readonly #policy: Readonly<ResolvedOptions>;
  readonly #store: VersionedStore;

  constructor(
    ctx: Context,
    request: RequestOptions,
    policy: Readonly<ResolvedOptions>,
    store: VersionedStore,
  ) {
    this.#ctx = ctx;
    this.#request = request;
    this.#policy = policy;
    this.#store = store;
  }

  /** What was written is older than a session may become. */
  isOver({ life }: StandIn): boolean {
    return (endOf(life, this.#policy) ?? Infinity) < this.#request.options.now();
  }

  /** @throws {StoreFailure} and what the app's own functions throw */
  async takeUp(standIn: StandIn): Promise<Presented> {
    for (let attempt = 0; attempt < MOST_ROUNDS; attempt += 1) {
      this.found = undefined;
      const found = await this.#find(standIn);
      if (found === 'replaced') return { replaced: standIn.of ?? standIn.id };
      this.found = found === 'unfit' ? undefined : found;
      const mark = await this.#readMark(standIn);
      const { round: laid = 0 } = mark ?? {};
      if (laid >= standIn.round || this.isOver(standIn))
        return this.found ? { kept: this.found } : this.#nothing(standIn, mark);
      if (found === 'unfit') return { event: 'invalid', id: standIn.id, value: undefined };
      const kept = await this.#lay(standIn, found, laid);
      if (!kept) continue;
      await this.#setMark(standIn);
      return { kept };
    }
    throw tooOften();
  }

  /** The session that it belongs to, or the one that it has begun; `'unfit'`: that one is no good any more. */
  async #find({ of, id }: StandIn): Promise<KeptSession | 'replaced' | 'unfit' | undefined> {
    for (const one of of === undefined ? [id] : [of, id]) {
      const stored = await this.#ask(one, () => this.#store.read(one));
      if (stored === 'replaced') return stored;
      if (stored === 'invalid') {
        // An unreadable value has taken the id, so the pending changes cannot be stored.
        if (one === id) return 'unfit';
        this.#emitInvalid(one);
      }
      if (typeof stored !== 'object') continue;
      const kept = KeptSession.ofStored(one, stored, stored.version);
      if ((await judge(kept, this.#ctx, this.#request.options, this.#policy)) === 'fit') return kept;
      if (one === id) return 'unfit';
    }
    return undefined;
  }

  /** Undefined when others were faster. */
  async #lay(
    standIn: StandIn,
    former: KeptSession | undefined,
    laid: number,
  ): Promise<KeptSession | undefined> {
    const before = former?.data ?? {};
    const written = layOver(before, standIn, laid);
    // Who could not log in meanwhile does not log in by coming back: what was written would make it somebody's.
    const user = userIn(written, this.#request.options);
    const isLogin = user !== undefined && user !== userIn(before, this.#request.options);
    const data = isLogin ? before : written;
    const life = former ? livedOn(former.life, standIn) : standIn.life;
    const userId = userIn(data, this.#request.options);
    const id = former?.id ?? standIn.id;
    const session = this.#write(data, life, userId);
    if (!former) {
      const version = await this.#ask(id, () => this.#store.create(id, session));
      return version === undefined ? undefined : KeptSession.ofStored(id, session, version);
    }
    // Also when that changes nothing: a write of before the outage that is still under way must not come later.
    const outcome = await this.#ask(id, () => this.#store.update(id, former.version, session));
    return outcome.kind === 'done' ? KeptSession.ofStored(id, session, outcome.version) : undefined;
  }

  #write(data: object, life: Life, userId?: string): SessionWrite {
    return {
      data: JSON.stringify(data),
      life,
      ttl: timeToLive(endOf(life, this.#policy), this.#request.options.now()),
      userId,
    };
  }

  /** Another request may just be about to give the browser the id; later there is nothing to wait for. */
  #nothing({ id }: StandIn, mark: Mark | undefined): Presented {
    // Clocks differ, so the time may lie in the future.
    const isRecent = mark !== undefined && Math.abs(this.#request.options.now() - mark.at) < REPLACED_FOR;
    return isRecent ? { replaced: id } : { event: 'missed', id, value: undefined };
  }

  /** An unreadable mark counts as applied: applying the changes twice could overwrite newer data. */
  async #readMark(standIn: StandIn): Promise<Mark | undefined> {
    const id = markOf(standIn);
    const stored = await this.#ask(standIn.id, () => this.#store.read(id));
    if (stored === undefined) return undefined;
    if (typeof stored === 'object') {
      const { round, at } = KeptSession.ofStored(id, stored, stored.version).data;
      if (isRound(round)) return { round, at: Number(at), version: stored.version };
    }
    this.#emitInvalid(standIn.id);
    return { round: Infinity, at: 0, version: 0 };
  }

  /** It stays for as long as a copy of the cookie could be good that was made in the last moment of the outage. */
  async #setMark(standIn: StandIn): Promise<void> {
    const id = markOf(standIn);
    const { round, life } = standIn;
    const at = this.#request.options.now();
    const idleEndsAt = typeof life.maxAge === 'number' ? at + life.maxAge : life.idleEndsAt;
    const write = this.#write({ round, at }, { ...life, idleEndsAt });
    for (let attempt = 0; attempt < MOST_ROUNDS; attempt += 1) {
      const version = await this.#ask(standIn.id, () => this.#store.create(id, write));
      if (version !== undefined) return;
      const mark = await this.#readMark(standIn);
      if (!mark) continue;
      if (mark.round >= round) return;
      const outcome = await this.#ask(standIn.id, () => this.#store.update(id, mark.version, write));
      if (outcome.kind === 'done') return;
    }
    throw tooOften();
  }

  #emitInvalid(id: string): void {
    emitSessionEvent('invalid', this.#ctx, id, undefined);
  }

  async #ask<Result>(id: string, work: () => MaybePromise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      emitSessionEvent('store-error', this.#ctx, id, error);
      throw new StoreFailure('the store has failed', { cause: error });
    }
  }
}

function isRound(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

/** No session's id: a client cannot send one with a semicolon, which ends a cookie's value. */
function markOf({ id }: StandIn): string {
  return `laid;${id}`;
}

function tooOften(): Error {
  return new Error(
    `session: others have changed the session ${MOST_ROUNDS} times while it was taken up after an outage of the store`,
  );
}
