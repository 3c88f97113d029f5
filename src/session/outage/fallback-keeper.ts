import { LONGEST_COOKIE } from '../cookie/browser-rules.ts';
import { canSend } from '../cookie/response.ts';
import type { Asking, PendingWrite, Found, Keeper, Kept } from '../core/keeper.ts';
import { newer, objectIn, StoreUnavailableError } from '../core/keeper.ts';
import { userIn } from '../core/options.ts';
import { generateSessionId } from '../core/session-id.ts';
import type { StoreKeeper } from '../core/store-keeper.ts';
import { DONE, type Ending, type Outcome } from '../core/store.ts';
import { after, caught, type MaybePromise } from '../core/waiting.ts';
import type { PendingChanges } from './pending-changes.ts';
import { addChanges, applyChanges, extendedLife, fromText, toText } from './pending-changes.ts';
import { isOver, OutageRecovery } from './recovery.ts';

/** What the keeper knows about one request. */
interface Note {
  /** The store has failed on this request. */
  readonly isAway?: boolean;
  /** The store may hold a session that could not be read. */
  readonly isBlind?: boolean;
  /** The id of the session in the store, even if it could not be read. */
  readonly sessionId?: string | undefined;
  /** The changes that the cookie carries instead of an id, or will carry. */
  readonly pending?: PendingChanges | undefined;
  /** The cookie value that holds these changes. */
  readonly sealed?: string;
}

function noteOf({ note }: Asking): Note {
  return (note as Note | undefined) ?? {};
}

function remember(asking: Asking, more: Note): void {
  asking.note = { ...noteOf(asking), ...more };
}

/**
 * Keeps sessions in a store and, while it is unavailable, writes changes to the cookie: `onStoreError: 'cookie'`.
 * Once the store has failed on a request, the request asks it again only to remove a session that could be read.
 * Anything else that must hold on the server, such as a new id, is refused.
 *
 * After the outage a marker in the store says which changes were applied. It stays as long as a copy of the cookie could
 * be valid, so that no copy undoes a later change or a logout. A session that ended during the outage does not come
 * back: its changes begin a new session without a user. `valid` is called with whole sessions only.
 *
 * Limits:
 *
 * - Parallel requests of one browser overwrite each other's cookie, `update()` included.
 * - A counter in a session that cannot be read starts again, and its value replaces the stored one.
 * - A session that expires during the outage has ended. Changes expire as a session would.
 * - The cookie of a session that cannot be read expires at the latest time that such a session may end, and after 400
 *   days at most. The next request after the outage corrects it. With `maxAge: 'session'` in the configuration the
 *   cookie has no expiry date. The session's own `maxAge` is unknown during the outage.
 * - Changes that the store refuses for good, such as a session that is too large, stay in the cookie until it expires.
 * - `delete ctx.session.user` is no logout while `user` cannot be read: set `ctx.session = null`.
 * - With a store of koa-session's kind, the first parallel requests after the outage can lose changes if the session
 *   began during the outage.
 */
export class FallbackKeeper implements Keeper {
  readonly #inStore: StoreKeeper;

  constructor(inStore: StoreKeeper) {
    this.#inStore = inStore;
  }

  isAway(asking: Asking): boolean {
    return noteOf(asking).isAway === true;
  }

  load(asking: Asking, read = asking.cookie.read(asking)): MaybePromise<Found | undefined> {
    const { ctx, cookie, options } = asking;
    // With `encrypt`, ids and changes are sealed for different purposes: a cookie that `read` opened carries an id.
    const opened = options.encrypt
      ? !read && cookie.read(asking, 'stand-in')
      : read && cookie.sealer(ctx, 'stand-in').open(read.text);
    if (opened) return this.#recover(asking, fromText(opened.text));
    if (!read) return undefined;
    const { text, needsReseal, next } = read;
    const loaded = this.#unlessAway(asking, () => this.#inStore.loadId(asking, text, needsReseal));
    return after(loaded, (found) => {
      if (!found) {
        remember(asking, { isBlind: true, sessionId: text });
        return { needsReseal };
      }
      return next ? after(this.load(asking, next), (other) => newer(found, other ?? {})) : found;
    });
  }

  /** Applies the changes if the store is available again; else the request goes on with them. */
  async #recover(asking: Asking, pending: PendingChanges): Promise<Found | undefined> {
    const recovery = new OutageRecovery(asking, this.#inStore, pending);
    try {
      // The cookie still carries the changes, so it is sent again, with an id.
      return { ...(await recovery.recover()), needsReseal: true };
    } catch (error) {
      if (!recovery.hasStoreFailed) throw error;
      return goOnWith(asking, pending, recovery.found);
    }
  }

  assertReachable(asking: Asking, purpose: 'end' | 'renew'): void {
    const { isAway, isBlind } = noteOf(asking);
    // A store that refuses writes may still remove a session that could be read.
    if (isAway && (purpose === 'renew' || isBlind)) throw new StoreUnavailableError(purpose);
  }

  write(asking: Asking, former: Kept | undefined, write: PendingWrite): MaybePromise<Outcome> {
    const written = this.#unlessAway(asking, () => this.#inStore.write(asking, former, write));
    return after(written, (outcome) => outcome ?? writeInstead(asking, former, write));
  }

  /** @throws {CookieTooLargeError} when a longer life does not fit into the cookie */
  deliver(asking: Asking, write: PendingWrite): void {
    const { pending, isAway } = noteOf(asking);
    // Once the headers are sent, a longer life alone is dropped silently.
    if (pending && write.isSame && canSend(asking.ctx))
      seal(asking, { ...pending, life: write.life }, write.id);
    const { sealed } = noteOf(asking);
    if (sealed !== undefined) asking.cookie.write(asking, sealed, endFor(asking, write));
    // A session with a new id is in the store, even if the store failed to remove the old one.
    else if (!isAway || write.isSuccessor) this.#inStore.deliver(asking, write);
  }

  status(asking: Asking, former: Kept): MaybePromise<'there' | 'replaced' | 'gone'> {
    const status = this.#unlessAway(asking, () => this.#inStore.status(asking, former));
    return after(status, (known) => known ?? 'gone');
  }

  /** Also asks a store that has failed on this request: it may refuse writes and yet remove a session. */
  destroy(asking: Asking, former: Kept, how?: Ending): MaybePromise<Outcome> {
    const ending = caught(
      () => this.#inStore.destroy(asking, former, noteOf(asking).isAway ? undefined : how),
      (error): never => {
        remember(asking, { isAway: true });
        throw new StoreUnavailableError(how?.replaced ? 'retire' : 'ending', error);
      },
    );
    return after(ending, (outcome) => {
      // The next session must not inherit these changes.
      remember(asking, { pending: undefined, sessionId: undefined });
      return outcome;
    });
  }

  /** Undefined when the store fails or has failed. A RangeError refuses a write, so the store is available. */
  #unlessAway<Result>(asking: Asking, ask: () => MaybePromise<Result>): MaybePromise<Result | undefined> {
    if (noteOf(asking).isAway) return undefined;
    return caught(ask, (error) => {
      if (error instanceof RangeError) throw error;
      remember(asking, { isAway: true });
      return undefined;
    });
  }
}

/**
 * Writes the changes to the cookie.
 * @throws {StoreUnavailableError} for a new id, a login or a logout: these must hold on the server
 */
function writeInstead(asking: Asking, former: Kept | undefined, write: PendingWrite): Outcome {
  const { pending, isBlind = false, sessionId = former?.id } = noteOf(asking);
  // A handler has replaced all data of a session that could not be read: the unread data must be removed too.
  const replacesAll = write.replacesAll && isBlind;
  // A longer life alone needs no cookie: `deliver` adds it to pending changes if there are any.
  if (write.isSame && !replacesAll) return DONE;
  // The browser already has the cookie of a newer id, which must stay.
  if (write.isSuccessor || former?.successor !== undefined) throw new StoreUnavailableError('renew');
  const before = former ? objectIn(former.data) : {};
  const data = objectIn(write.data);
  const user = userIn(data, asking.options);
  if (user !== userIn(before, asking.options))
    throw new StoreUnavailableError(user === undefined ? 'end' : 'log in');
  const { id, life } = write;
  const known = pending ?? { ...UNCHANGED, id: newId(asking, write, sessionId), sessionId };
  const maxAgeChanged = known.maxAgeChanged || write.maxAgeChanged;
  seal(asking, addChanges({ ...known, life, maxAgeChanged }, before, data, replacesAll), id);
  return DONE;
}

const UNCHANGED = { revision: 0, maxAgeChanged: false, changes: {}, wholeSince: 0 };

/** The id of the changes: that of a new session; for a session in the store an id of their own. */
function newId({ ctx, options }: Asking, { id }: PendingWrite, sessionId: string | undefined): string {
  if (sessionId === undefined && id !== undefined) return id;
  return options.genid ? options.genid(ctx) : generateSessionId(options.prefix);
}

function seal(asking: Asking, pending: PendingChanges, id: string | undefined): void {
  const sealed = asking.cookie.sealer(asking.ctx, 'stand-in').seal(toText(pending));
  asking.cookie.requireFits(asking.ctx, sealed, pending.changes, id);
  remember(asking, { pending, sealed });
}

/** The store is still unavailable: the request goes on with the changes, applied to what could be read. */
function goOnWith(asking: Asking, pending: PendingChanges, found: Kept | undefined): Found | undefined {
  const { id, life, sessionId } = pending;
  const known = found ?? { id: sessionId ?? id, data: '{}', life };
  remember(asking, { isAway: true, isBlind: !found, sessionId: known.id });
  if (isOver(asking, pending)) return found && { kept: found };
  remember(asking, { pending });
  const data = JSON.stringify(applyChanges(objectIn(known.data), pending));
  return { kept: { ...known, data, life: extendedLife(known.life, pending), version: 0 }, isPartial: !found };
}

/** The unread session may live longer than these changes. Its cookie must not expire before it does. */
function endFor(asking: Asking, { endsAt }: PendingWrite): number | undefined {
  const { now, absoluteMaxAge = LONGEST_COOKIE } = asking.options;
  const { isBlind, pending } = noteOf(asking);
  if (!isBlind || pending?.sessionId === undefined || endsAt === undefined) return endsAt;
  return Math.max(endsAt, now() + Math.min(absoluteMaxAge, LONGEST_COOKIE));
}
