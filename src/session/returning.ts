import type { Context } from 'koa';
import { judge } from './judge.ts';
import { KeptSession } from './kept-session.ts';
import { endOf, type Life, timeToLive } from './life.ts';
import type { Presented } from './persistence.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import { layOver, type StandIn } from './stand-in.ts';
import { REPLACED_FOR, type StoredSession, type VersionedStore } from './stores/store.ts';

/** How often it begins again because others were faster, before something must be wrong. */
const MOST_ROUNDS = 100;

/** What the store remembers of a stand-in that was laid: a copy of that cookie must not be laid again. */
interface Mark {
  round: number;
  /** ms since 1970 */
  at: number;
}

/**
 * Brings a stand-in home into the store, once: what was written while the store was away is laid over the session that it
 * has, or begins one when there is none.
 *
 * Several requests may come with the same stand-in, and each may be cut off anywhere. So: what is stored is read first,
 * then the mark. Only when there is no mark is the stand-in laid, on condition that nobody has changed what was read; only
 * then the mark is set, and only then handlers run. Who finds no mark has therefore read what no handler has yet
 * changed, and to lay it twice is the same as once.
 */
export class Returning {
  /** What was found in the store when it failed after all. */
  found: { data: Record<string, unknown>; life: Life } | undefined;
  readonly #ctx: Context;
  readonly #options: ResolvedOptions;
  readonly #policy: Readonly<ResolvedOptions>;
  readonly #store: VersionedStore;

  constructor(
    ctx: Context,
    options: ResolvedOptions,
    policy: Readonly<ResolvedOptions>,
    store: VersionedStore,
  ) {
    this.#ctx = ctx;
    this.#options = options;
    this.#policy = policy;
    this.#store = store;
  }

  /** @throws {Error} when the store fails */
  async takeUp(standIn: StandIn): Promise<Presented> {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const kept = await this.#find(standIn);
      if (kept === 'replaced') return { replaced: standIn.of ?? standIn.id };
      this.found = kept && { data: kept.data, life: kept.life };
      const mark = await this.#readMark(standIn);
      const isLaid = mark !== undefined && mark.round >= standIn.round;
      if (isLaid || this.#isOver(standIn)) return kept ? { kept } : this.#nothing(standIn, mark);
      const laid = await this.#lay(standIn, kept);
      if (!laid) continue;
      await this.#setMark(standIn);
      return { kept: laid };
    }
    throw new Error(`session: others have changed the session ${MOST_ROUNDS} times while it was read`);
  }

  /** The session that it belongs to, or the one that it has begun. */
  async #find({ of, id }: StandIn): Promise<KeptSession | 'replaced' | undefined> {
    for (const one of of === undefined ? [id] : [of, id]) {
      const stored = await this.#store.read(one);
      if (stored === 'replaced') return stored;
      if (typeof stored !== 'object') continue;
      const kept = KeptSession.ofStored(one, stored);
      if ((await judge(kept, this.#ctx, this.#options, this.#policy)) === 'fit') return kept;
    }
    return undefined;
  }

  /** Undefined when others were faster. */
  async #lay(standIn: StandIn, kept: KeptSession | undefined): Promise<KeptSession | undefined> {
    const { written, life } = standIn;
    if (!kept) {
      const session = this.#write(written, life);
      const version = await this.#store.create(standIn.id, session);
      return version === undefined ? undefined : KeptSession.ofStored(standIn.id, { ...session, version });
    }
    const session = this.#write(layOver(kept.data, standIn), kept.life);
    if (session.data === kept.json) return kept;
    const outcome = await this.#store.update(kept.id ?? '', kept.version, session);
    if (outcome.kind !== 'done') return undefined;
    return KeptSession.ofStored(kept.id, { ...session, version: outcome.version });
  }

  #write(data: Record<string, unknown>, life: Life) {
    const ttl = timeToLive(life, this.#policy, this.#options.now());
    const userId = this.#options.userOf?.(data) ?? undefined;
    return { data: JSON.stringify(data), life, ttl, userId };
  }

  #isOver({ life }: StandIn): boolean {
    return (endOf(life, this.#policy) ?? Infinity) < this.#options.now();
  }

  /** Another request may just be about to give the browser the id; later there is nothing to wait for. */
  #nothing({ id }: StandIn, mark: Mark | undefined): Presented {
    const isRecent = mark !== undefined && this.#options.now() - mark.at < REPLACED_FOR;
    return isRecent ? { replaced: id } : { event: 'missed', id, value: undefined };
  }

  async #readMark(standIn: StandIn): Promise<(Mark & { stored: StoredSession }) | undefined> {
    const stored = await this.#store.read(markOf(standIn));
    return typeof stored === 'object' ? { ...(JSON.parse(stored.data) as Mark), stored } : undefined;
  }

  /** It stays for as long as a copy of the cookie could be good. */
  async #setMark(standIn: StandIn): Promise<void> {
    const { round, life } = standIn;
    const write = { ...this.#write({ round, at: this.#options.now() }, life), userId: undefined };
    for (;;) {
      if ((await this.#store.create(markOf(standIn), write)) !== undefined) return;
      const mark = await this.#readMark(standIn);
      if (!mark) continue;
      if (mark.round >= round) return;
      const outcome = await this.#store.update(markOf(standIn), mark.stored.version, write);
      if (outcome.kind === 'done') return;
    }
  }
}

/** No session id: those that are drawn have no blank, and a client's must be sealed or signed. */
function markOf({ id }: StandIn): string {
  return `laid ${id}`;
}
