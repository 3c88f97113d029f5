import { emitSessionEvent } from '../core/events.ts';
import { type Asking, fitnessOf, type Found, type Kept, objectIn } from '../core/keeper.ts';
import { endOf, type Life, timeToLive } from '../core/life.ts';
import { userIn } from '../core/options.ts';
import type { StoreKeeper } from '../core/store-keeper.ts';
import { REPLACED_FOR, type SessionWrite, type Version, type VersionedStore } from '../core/store.ts';
import { layOver, livedOn, type StandIn } from './stand-in.ts';
import { type MaybePromise } from '../core/waiting.ts';

/** How often it begins again because others were faster, before something must be wrong. */
const MOST_ROUNDS = 100;

/** The store has failed: of all that may go wrong here, what makes an outage. */
export class StoreFailure extends Error {
  /** The session in the store, as far as it could be read before that failed. */
  found: Kept | undefined;
}

/** Up to which round a stand-in was laid: neither that cookie nor a copy of it may be laid again. */
interface Mark {
  round: number;
  /** ms since 1970 */
  at: number;
  version: Version;
}

/** What was written is older than a session may become. */
export function isOver({ configured, options }: Asking, { life }: StandIn): boolean {
  return (endOf(life, configured) ?? Infinity) < options.now();
}

/**
 * Brings a stand-in home into the store, once: what was written while the store was away is laid over the session that it
 * has, or begins one when there is none.
 *
 * Several requests may come with the same stand-in, and each may be cut off anywhere. So: what is stored is read first,
 * then the mark. Only when that does not have it yet is the stand-in laid, on condition that nobody has changed what was
 * read; only then the mark is set, and only then handlers run. Who finds no mark has therefore read what no handler has
 * yet changed, and to lay it twice is the same as once.
 *
 * @throws {StoreFailure} and what the app's own functions throw
 */
export async function takeUp(asking: Asking, inStore: StoreKeeper, standIn: StandIn): Promise<Found> {
  const home = new Home(asking, inStore, standIn);
  let kept: Kept | undefined;
  try {
    for (let attempt = 0; attempt < MOST_ROUNDS; attempt += 1) {
      kept = undefined;
      const found = await home.find();
      if (found === 'replaced') return { event: 'missed', id: standIn.of ?? standIn.id, isReplaced: true };
      kept = found === 'unfit' ? undefined : found;
      const mark = await home.readMark();
      const laid = mark?.round ?? 0;
      if (laid >= standIn.round || isOver(asking, standIn)) return kept ? { kept } : home.nothing(mark);
      if (found === 'unfit') return { event: 'invalid', id: standIn.id };
      const laidNow = await home.lay(kept, laid);
      if (!laidNow) continue;
      await home.setMark();
      return { kept: laidNow };
    }
  } catch (error) {
    if (error instanceof StoreFailure) error.found = kept;
    throw error;
  }
  throw tooOften();
}

/** One stand-in on its way home. */
class Home {
  readonly #asking: Asking;
  readonly #inStore: StoreKeeper;
  readonly #standIn: StandIn;

  constructor(asking: Asking, inStore: StoreKeeper, standIn: StandIn) {
    this.#asking = asking;
    this.#inStore = inStore;
    this.#standIn = standIn;
  }

  /** The session that it belongs to, or the one that it has begun; `'unfit'`: that one is no good any more. */
  async find(): Promise<Kept | 'replaced' | 'unfit' | undefined> {
    const { of, id } = this.#standIn;
    for (const one of of === undefined ? [id] : [of, id]) {
      const stored = await this.#ask(one, (store) => store.read(one));
      if (stored === 'replaced') return stored;
      if (stored === 'invalid') {
        // An unreadable value has taken the id, so the pending changes cannot be stored.
        if (one === id) return 'unfit';
        this.#emitInvalid(one);
      }
      if (typeof stored !== 'object') continue;
      const kept: Kept = { ...stored, id: one };
      if ((await fitnessOf(this.#asking, kept)) === 'fit') return kept;
      if (one === id) return 'unfit';
    }
    return undefined;
  }

  /** Undefined when others were faster. */
  async lay(former: Kept | undefined, laid: number): Promise<Kept | undefined> {
    const { options } = this.#asking;
    const before = former ? objectIn(former.data) : {};
    const written = layOver(before, this.#standIn, laid);
    // Who could not log in meanwhile does not log in by coming back: what was written would make it somebody's.
    const user = userIn(written, options);
    const isLogin = user !== undefined && user !== userIn(before, options);
    const data = isLogin ? before : written;
    const life = former ? livedOn(former.life, this.#standIn) : this.#standIn.life;
    const id = former?.id ?? this.#standIn.id;
    const session = this.#write(data, life, userIn(data, options));
    if (!former) {
      const version = await this.#ask(id, (store) => store.create(id, session));
      return version === undefined ? undefined : { id, data: session.data, life, version };
    }
    // Also when that changes nothing: a write of before the outage that is still under way must not come later.
    const outcome = await this.#ask(id, (store) => store.update(id, former.version, session));
    return outcome.kind === 'done' ? { id, data: session.data, life, version: outcome.version } : undefined;
  }

  #write(data: object, life: Life, userId?: string): SessionWrite {
    const { configured, options } = this.#asking;
    const ttl = timeToLive(endOf(life, configured), options.now());
    return { data: JSON.stringify(data), life, ttl, userId };
  }

  /** Another request may just be about to give the browser the id; later there is nothing to wait for. */
  nothing(mark: Mark | undefined): Found {
    // Clocks differ, so the time may lie in the future.
    const isReplaced = mark !== undefined && Math.abs(this.#asking.options.now() - mark.at) < REPLACED_FOR;
    return { event: 'missed', id: this.#standIn.id, isReplaced };
  }

  /** An unreadable mark counts as applied: applying the changes twice could overwrite newer data. */
  async readMark(): Promise<Mark | undefined> {
    const { id } = this.#standIn;
    const stored = await this.#ask(id, (store) => store.read(markOf(id)));
    if (stored === undefined) return undefined;
    if (typeof stored === 'object') {
      const { round, at } = objectIn(stored.data);
      if (isRound(round)) return { round, at: Number(at), version: stored.version };
    }
    this.#emitInvalid(id);
    return { round: Infinity, at: 0, version: 0 };
  }

  /** It stays for as long as a copy of the cookie could be good that was made in the last moment of the outage. */
  async setMark(): Promise<void> {
    const { round, life, id } = this.#standIn;
    const at = this.#asking.options.now();
    const idleEndsAt = typeof life.maxAge === 'number' ? at + life.maxAge : life.idleEndsAt;
    const write = this.#write({ round, at }, { ...life, idleEndsAt });
    for (let attempt = 0; attempt < MOST_ROUNDS; attempt += 1) {
      const version = await this.#ask(id, (store) => store.create(markOf(id), write));
      if (version !== undefined) return;
      const mark = await this.readMark();
      if (!mark) continue;
      if (mark.round >= round) return;
      const outcome = await this.#ask(id, (store) => store.update(markOf(id), mark.version, write));
      if (outcome.kind === 'done') return;
    }
    throw tooOften();
  }

  #emitInvalid(id: string): void {
    emitSessionEvent('invalid', this.#asking.ctx, id, undefined);
  }

  async #ask<Answer>(id: string, work: (store: VersionedStore) => MaybePromise<Answer>): Promise<Answer> {
    try {
      return await this.#inStore.ask(this.#asking, id, work);
    } catch (error) {
      throw new StoreFailure('the store has failed', { cause: error });
    }
  }
}

function isRound(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

/** No session's id: a client cannot send one with a semicolon, which ends a cookie's value. */
function markOf(id: string): string {
  return `laid;${id}`;
}

function tooOften(): Error {
  return new Error(
    `session: others have changed the session ${MOST_ROUNDS} times while it was taken up after an outage of the store`,
  );
}
