import { CookieTooLargeError } from '../cookie/browser-rules.ts';
import { canSend } from '../cookie/response.ts';
import { dataIn, dataOf, SessionGoneError, type Session, type Snapshot, snapshotOf } from './session.ts';
import type { SessionEventName } from './events.ts';
import { type PendingWrite, type Kept, objectIn } from './keeper.ts';
import { userIn } from './options.ts';
import { endOf, isRecord, type Life, savedAt, timeToLive } from './life.ts';
import type { HandlerCall, RequestSession, Seen } from './request-session.ts';
import type { Ending, Outcome, StoredSession, Version } from './store.ts';
import { type Steps, wait } from './waiting.ts';

/**
 * The write that stores the session as handlers hold it.
 * @param snapshot of its data, if one was taken already: taking one costs as much as storing it
 */
export function writeFor(
  request: RequestSession,
  held: Session,
  snapshot = snapshotOf(held, request),
  isSuccessor = false,
): PendingWrite {
  const { configured, maxAge, idleTimeout } = request;
  const former = isSuccessor ? undefined : request.life;
  const isExtended = !former || request.maxAgeIs !== undefined || request.isActivity();
  const time = request.options.now();
  const hasCreatedAt = request.setUp.recordsCreatedAt;
  const life: Life = {
    createdAt: hasCreatedAt ? (former?.createdAt ?? (former && savedAt(former)) ?? time) : undefined,
    idleEndsAt: !isExtended ? former.idleEndsAt : idleTimeout && time + idleTimeout,
    maxAge: isExtended ? maxAge : former.maxAge,
    hasOwnMaxAge: hasCreatedAt && maxAge !== configured.maxAge,
  };
  const { data: object, json: data } = snapshot;
  request.needId();
  const write = writeWith(request, object, data, life, time);
  const isSameLife = life.maxAge === former?.maxAge && life.hasOwnMaxAge === former?.hasOwnMaxAge;
  write.isSame = isSameLife && data === request.seen.kept?.data;
  write.isExtended = isExtended;
  write.isSuccessor = isSuccessor;
  return write;
}

/** @param object the app's data; `data` is their JSON */
function writeWith(
  request: RequestSession,
  object: object,
  data: string,
  life: Life,
  time = request.options.now(),
): PendingWrite {
  const end = endOf(life, request.configured);
  return {
    id: request.id,
    data,
    object,
    life,
    ttl: timeToLive(end, time),
    // With 'session' the cookie has no date, although the server may know an end: a dated cookie would outlive the
    // browser.
    endsAt: life.maxAge === 'session' ? undefined : end,
    userId: userIn(object, request.configured),
    maxOfUser: request.configured.maxSessionsPerUser,
    isExtended: false,
    isSame: false,
    isSuccessor: false,
    replacesAll: request.wasSet,
    maxAgeChanged: request.maxAgeIs !== undefined,
  };
}

/** Called before a write: a record whose id reaches no client would stay in the store until its end. */
export function assertDeliverable(request: RequestSession): void {
  // The headers are sent, but the client has the id already: only the cookie's new expiry is lost.
  if (request.isInStore && request.seen.kept && !canSend(request.ctx)) return;
  assertSendable(request);
}

function assertSendable(request: RequestSession): void {
  const { isInStore, options, used } = request;
  if (isInStore && options.externalKey) return;
  request.cookie.assertSendable(request, used instanceof Error ? used : undefined);
}

export function* put(request: RequestSession, former: Kept | undefined, write: PendingWrite): Steps<Outcome> {
  const { keeper } = request.setUp;
  let outcome: Outcome | undefined;
  try {
    outcome = yield* wait(keeper.write(request, former, write));
    const isNew = outcome.kind === 'done' && request.seen.kept?.id !== write.id;
    if (isNew && !canSend(request.ctx)) assertSendable(request);
    return outcome;
  } catch (error) {
    // The store may have stored it anyway, so another attempt needs another id.
    if (!outcome && !former) request.id = undefined;
    // If headers were sent during the write, the client will never get the new id, so delete the record.
    if (outcome?.kind === 'done') yield* wait(keeper.destroy(request, keptOf(write, outcome.version)));
    throw error;
  }
}

/**
 * Called after a write: sends the cookie, remembers the stored session for the next commit, and emits the event.
 * @param isUnchanged the data are the same: if they no longer fit into a cookie, no cookie is sent, `session:rejected`
 *   reports it, and the request does not fail
 */
export function afterWrite(
  request: RequestSession,
  write: PendingWrite,
  version: Version,
  event: SessionEventName,
  reason: string,
  isUnchanged = false,
): void {
  const { seen } = request;
  const former = seen.kept?.id === write.id ? seen.kept : undefined;
  // The browser already has this id and end, or a newer id: this cookie could only undo that of another response.
  const isKnown =
    former?.successor !== undefined ||
    (former && !write.isExtended && !request.needsReseal && request.isInStore && !request.isAway);
  try {
    if (!isKnown) request.setUp.keeper.deliver(request, write);
  } catch (error) {
    if (isUnchanged && error instanceof CookieTooLargeError) return;
    throw error;
  }
  const wasSaved = event !== 'reissued' || seen.wasSaved;
  request.seen = { kept: keptOf(write, version, former?.successor), wasSaved };
  if (request.wasSet && !request.idChanged) request.wasNull = false;
  request.emit(event, write.id, write.object, reason);
}

function keptOf({ id, data, life }: PendingWrite, version: Version, successor?: string): Kept {
  return { id, data, life, version, successor };
}

/**
 * Handles the outcome of a conditional write. Returns false on a conflict.
 * @throws {SessionGoneError} when another request has ended the session and a handler has called for the write
 */
export function settle(request: RequestSession, held: Session, outcome: Outcome, call: HandlerCall): boolean {
  if (outcome.kind === 'gone') discard(request, held, call);
  if (outcome.kind === 'changed') rebase(request, held, outcome.current);
  return outcome.kind !== 'changed';
}

/** Merges the changes of another request into the session. The changes of this request stay. */
function rebase(request: RequestSession, held: Session, current: StoredSession): void {
  const former = request.seen.kept;
  const kept: Kept = { ...current, id: former?.id };
  const base = objectIn(former?.data ?? '{}');
  const { conflicts } = request.setUp;
  // Throws for values that JSON cannot hold, naming the key: they could not be compared.
  snapshotOf(held, request);
  conflicts?.merge(held, base, dataOf(objectIn(kept.data)));
  request.seen = { ...request.seen, kept };
  if (request.maxAgeIs === undefined) request.followMaxAge(request.maxAgeOf(kept.life));
  if (conflicts) request.emit('merged', kept.id, dataIn(held));
}

/**
 * Another request has ended the session: the changes of this one must not bring it back.
 * @throws {SessionGoneError} when a handler has called for the write and its changes are lost
 */
export function discard(request: RequestSession, held: Session, call: HandlerCall): void {
  const { seen, ctx } = request;
  const former = seen.kept && objectIn(seen.kept.data);
  // A request that only removes data, such as a logout, loses nothing.
  const isLost = seen.gone !== 'left' && !(former && isPartOf(dataIn(held), former));
  giveUp(request, seen.gone ?? 'ended', held);
  // A cookie set on this response would replace a newer one in the browser.
  if (canSend(ctx)) request.cookie.withdraw(ctx);
  if (seen.lost !== held) request.emit('gone', seen.kept?.id, dataIn(held), 'another request has ended it');
  if (call && isLost) throw new SessionGoneError();
}

/** Whether `mine` equals `theirs`, or lacks some of it. */
function isPartOf(mine: unknown, theirs: unknown): boolean {
  if (!isRecord(mine) || !isRecord(theirs)) return JSON.stringify(mine) === JSON.stringify(theirs);
  return Object.entries(mine).every(([key, value]) => value === undefined || isPartOf(value, theirs[key]));
}

/** Makes this request go on without the session, which is remembered in case a login follows. */
export function giveUp(request: RequestSession, gone: Seen['gone'], lost?: Session): void {
  const { kept, former } = request.seen;
  request.seen = { gone, lost, former: kept ?? former };
}

/** Ends the stored session; if `how` has a version, only if the session is still at that version. */
export function* remove(request: RequestSession, kept: Kept, reason?: string, how?: Ending): Steps<Outcome> {
  // A session without an id exists only in its cookie.
  if (kept.id === undefined) assertSendable(request);
  const outcome = yield* wait(request.setUp.keeper.destroy(request, kept, how));
  if (outcome.kind === 'done' || !how) request.seen = { ...request.seen, kept: undefined };
  if (outcome.kind === 'done') request.emit('destroyed', kept.id, objectIn(kept.data), reason);
  return outcome;
}

/** Ends the stored session if the session now has another id. */
export function* destroyOldId(request: RequestSession): Steps<void> {
  const { kept } = request.seen;
  if (kept && request.idChanged) yield* remove(request, kept, 'another session has taken its place');
}

/** Clears the session's cookie. */
export function forget(request: RequestSession, reason: string): void {
  const { ctx, isInStore, seen } = request;
  const wasUnread = seen.isUnread && request.isPresented();
  // A session in a store has ended even if the cookie cannot be cleared; a session in the cookie has not.
  if (!isInStore || canSend(ctx)) {
    assertSendable(request);
    request.cookie.expire(request);
  }
  request.id = undefined;
  request.seen = { wasRemoved: true };
  if (request.maxAgeIs === 'unsaved') request.maxAgeIs = 'set';
  if (wasUnread) request.emit('destroyed', undefined, undefined, reason);
}

/** Why the session is written, and a snapshot of its data, if it was taken already. */
type Why = { reason: string; call: HandlerCall; snapshot?: Snapshot | undefined };

/** Stores the session and sends its cookie. Returns false on a conflict. */
export function* save(
  request: RequestSession,
  held: Session,
  { reason, call, snapshot }: Why,
): Steps<boolean> {
  assertDeliverable(request);
  const { beforeSave } = request.options;
  if (beforeSave) {
    yield* wait(beforeSave(request.ctx, held));
    if (request.held === null) return true;
  }
  const write = writeFor(request, held, beforeSave ? undefined : snapshot);
  const former = request.seen.kept;
  const isUnsaved = request.maxAgeIs === 'unsaved';
  const outcome = yield* put(request, former, write);
  if (outcome.kind !== 'done') return settle(request, held, outcome, call);
  const isSame = former?.data === write.data;
  const event = !former ? 'created' : isSame ? 'renewed' : 'saved';
  afterWrite(request, write, outcome.version, event, reason, isSame && !call && !isUnsaved);
  // A handler may have set `maxAge` again meanwhile.
  if (isUnsaved && request.maxAge === write.life.maxAge) request.maxAgeIs = 'set';
  return true;
}

/** Sends the cookie again, with the same end. */
export function* resend(request: RequestSession, kept: Kept, reason: string): Steps<void> {
  // The session may have ended or got another id during this request.
  const status = yield* wait(request.setUp.keeper.status(request, kept));
  if (status !== 'there' || !canSend(request.ctx)) return;
  const write = writeWith(request, objectIn(kept.data), kept.data, kept.life);
  afterWrite(request, write, kept.version, 'reissued', reason, true);
}

/** Ends the session, as a handler has asked. */
export function* end(request: RequestSession, reason: string): Steps<void> {
  const { keeper } = request.setUp;
  keeper.assertReachable?.(request, 'end');
  const { kept } = request.seen;
  const outcome = kept && (yield* remove(request, kept, reason));
  // Another request has renewed the session, so this logout has not ended it, and the client must get an error.
  if (kept && outcome?.kind === 'gone' && (yield* wait(keeper.status(request, kept))) === 'replaced') {
    request.seen = { gone: 'replaced' };
    throw new SessionGoneError();
  }
  forget(request, reason);
}

/**
 * Ends a session that was emptied, unless another request has put data into it meanwhile. If the store is unavailable
 * the session is written as empty instead; if a handler has set it to `{}`, the request fails.
 */
export function* removeEmptied(request: RequestSession, held: Session, kept: Kept, why: Why): Steps<boolean> {
  let outcome: Outcome;
  try {
    outcome = yield* remove(request, kept, why.reason, { version: kept.version });
  } catch (error) {
    if (!request.isAway || request.wasSet) throw error;
    return yield* save(request, held, why);
  }
  if (outcome.kind === 'done') forget(request, why.reason);
  return settle(request, held, outcome, why.call);
}

/**
 * Gives the session a new id. The new id is stored before the old one is ended: if the store fails in between, nothing
 * is lost.
 */
export function* regenerate(request: RequestSession, held: Session, reason: string): Steps<boolean> {
  const { keeper } = request.setUp;
  keeper.assertReachable?.(request, 'renew');
  assertSendable(request);
  const former = request.seen.kept;
  request.id = undefined;
  let isDelivered = false;
  try {
    yield* wait(request.options.beforeSave?.(request.ctx, held));
    const write = writeFor(request, held, undefined, true);
    const { id, userId } = write;
    const isLogin = request.isNewUser(userId, former);
    // The former session is about to end, so the user's limit is not exceeded.
    if (!isLogin) write.maxOfUser = Infinity;
    const outcome = yield* put(request, undefined, write);
    if (outcome.kind !== 'done') return true;
    let retired: Outcome = outcome;
    try {
      if (former?.id !== undefined) {
        const { renewGrace } = request.options;
        // For `renewGrace` the old id leads to the new session, unless another user logs in. Without `userOf` a login
        // cannot be recognized, so there is no grace.
        const { userOf } = request.configured;
        const hasGrace = userOf && renewGrace && id !== undefined && userId === request.userOf(former);
        const successor = hasGrace ? { id, userId, for: renewGrace } : undefined;
        const how = { version: former.version, replaced: true, successor };
        retired = yield* wait(keeper.destroy(request, former, how));
      }
    } finally {
      // Even if ending the old id threw, the new session is stored. A login succeeds even if the old session was gone.
      if (retired.kind === 'done' || (retired.kind === 'gone' && isLogin)) {
        afterWrite(request, write, outcome.version, 'regenerated', reason);
        isDelivered = true;
      }
    }
    if (isDelivered) return true;
    yield* wait(keeper.destroy(request, keptOf(write, outcome.version)));
    if (retired.kind === 'changed') rebase(request, held, retired.current);
    else giveUp(request, 'left');
    return retired.kind !== 'changed';
  } finally {
    if (!isDelivered) request.id = former?.id;
  }
}
