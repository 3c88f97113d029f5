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
 * What is to be kept for a session.
 * @param snapshot of its data, if there is one already: that costs as much as to store it
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
  const isFull = request.setUp.recordsCreatedAt;
  const life: Life = {
    createdAt: isFull ? (former?.createdAt ?? (former && savedAt(former)) ?? time) : undefined,
    idleEndsAt: !isExtended ? former.idleEndsAt : idleTimeout && time + idleTimeout,
    maxAge: isExtended ? maxAge : former.maxAge,
    hasOwnMaxAge: isFull && maxAge !== configured.maxAge,
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

/** @param object the data that are in `data` */
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
    // The absolute end is for the server alone: a dated cookie would outlive the browser.
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

/** Before the store is written: a record whose id reaches nobody is lost, and stays for its whole life. */
export function assertDeliverable(request: RequestSession): void {
  // The headers are gone, but the client has the id already: only the cookie's new expiry is lost.
  if (request.isInStore && request.seen.kept && !canSend(request.ctx)) return;
  assertSendable(request);
}

export function assertSendable(request: RequestSession): void {
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
    // It may have been stored anyway: another attempt needs another id.
    if (!outcome && !former) request.id = undefined;
    // The headers have gone while the store or beforeSave was at work: what has a new id reaches nobody, and must not stay.
    if (outcome?.kind === 'done') yield* wait(keeper.destroy(request, keptOf(write, outcome.version)));
    throw error;
  }
}

/**
 * It is kept: the browser is told, and it is what the next commit builds on.
 * @param isUnchanged nobody has changed it: then, if it does not fit into its cookie, none is sent. `session:rejected`
 *   reports that, and the request does not fail
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
  // The browser has this id and this end already, or the id of the successor: this could only undo another response.
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

export function keptOf({ id, data, life }: PendingWrite, version: Version, successor?: string): Kept {
  return { id, data, life, version, successor };
}

/**
 * Goes on after a write that others may have prevented; false when they had changed the session.
 * @throws {SessionGoneError} when they have ended it and a handler waits
 */
export function settle(request: RequestSession, held: Session, outcome: Outcome, call: HandlerCall): boolean {
  if (outcome.kind === 'gone') discard(request, held, call);
  if (outcome.kind === 'changed') rebase(request, held, outcome.current);
  return outcome.kind !== 'changed';
}

/** Takes over what others have made of the session since it was loaded, and keeps what this request has changed. */
function rebase(request: RequestSession, held: Session, current: StoredSession): void {
  const former = request.seen.kept;
  const kept: Kept = { ...current, id: former?.id };
  const base = objectIn(former?.data ?? '{}');
  const { conflicts } = request.setUp;
  // What JSON cannot hold cannot be compared either: it is named here.
  snapshotOf(held, request);
  conflicts?.merge(held, base, dataOf(objectIn(kept.data)));
  request.seen = { ...request.seen, kept };
  if (request.maxAgeIs === undefined) request.followMaxAge(request.maxAgeOf(kept.life));
  if (conflicts) request.emit('merged', kept.id, dataIn(held));
}

/**
 * Others have ended the session: what this request made of it must not bring it back.
 * @throws {SessionGoneError} when a handler waits for something that is lost
 */
export function discard(request: RequestSession, held: Session, call: HandlerCall): void {
  const { seen, ctx } = request;
  const former = seen.kept && objectIn(seen.kept.data);
  // Of a logout, for one, nothing is lost.
  const isLost = seen.gone !== 'left' && !(former && isPartOf(dataIn(held), former));
  giveUp(request, seen.gone ?? 'ended', held);
  // What this response was about to send would take the place of a cookie that is good.
  if (canSend(ctx)) request.cookie.withdraw(ctx);
  if (seen.lost !== held) request.emit('gone', seen.kept?.id, dataIn(held), 'another request has ended it');
  if (call && isLost) throw new SessionGoneError();
}

/** Whether `mine` is `theirs`, with something left out or with nothing. */
function isPartOf(mine: unknown, theirs: unknown): boolean {
  if (!isRecord(mine) || !isRecord(theirs)) return JSON.stringify(mine) === JSON.stringify(theirs);
  return Object.entries(mine).every(([key, value]) => value === undefined || isPartOf(value, theirs[key]));
}

/** This request goes on without the session. What it was is known if a login follows. */
export function giveUp(request: RequestSession, gone: Seen['gone'], lost?: Session): void {
  const { kept, former } = request.seen;
  request.seen = { gone, lost, former: kept ?? former };
}

/** Ends what is kept; with a version in `how` only if nobody has changed it since. */
export function* remove(request: RequestSession, kept: Kept, reason?: string, how?: Ending): Steps<Outcome> {
  // What has no id is nowhere but in its cookie.
  if (kept.id === undefined) assertSendable(request);
  const outcome = yield* wait(request.setUp.keeper.destroy(request, kept, how));
  if (outcome.kind === 'done' || !how) request.seen = { ...request.seen, kept: undefined };
  if (outcome.kind === 'done') request.emit('destroyed', kept.id, objectIn(kept.data), reason);
  return outcome;
}

/** Ends what is kept, if the session goes by another id now. */
export function* destroyOldId(request: RequestSession): Steps<void> {
  const { kept } = request.seen;
  if (kept && request.idChanged) yield* remove(request, kept, 'another session has taken its place');
}

/** What is left of an ended session is its cookie. */
export function forget(request: RequestSession, reason: string): void {
  const { ctx, isInStore, seen } = request;
  const wasUnread = seen.isUnread && request.isPresented();
  // A session of a store is gone whatever the browser still sends; one that is the cookie is not.
  if (!isInStore || canSend(ctx)) {
    assertSendable(request);
    request.cookie.expire(request);
  }
  request.id = undefined;
  request.seen = { wasRemoved: true };
  if (request.maxAgeIs === 'unsaved') request.maxAgeIs = 'set';
  if (wasUnread) request.emit('destroyed', undefined, undefined, reason);
}

/** What a write is for, and the data, if somebody has looked at them already. */
type Why = { reason: string; call: HandlerCall; snapshot?: Snapshot | undefined };

/** Keeps the session and tells the browser. False as for `carryOut` in commit.ts. */
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
  // A handler may have set it again meanwhile.
  if (isUnsaved && request.maxAge === write.life.maxAge) request.maxAgeIs = 'set';
  return true;
}

/** The cookie once more, with the same end. */
export function* resend(request: RequestSession, kept: Kept, reason: string): Steps<void> {
  // It may have got another id while this request was under way.
  const status = yield* wait(request.setUp.keeper.status(request, kept));
  if (status !== 'there' || !canSend(request.ctx)) return;
  const write = writeWith(request, objectIn(kept.data), kept.data, kept.life);
  afterWrite(request, write, kept.version, 'reissued', reason, true);
}

/** A handler has ended the session. */
export function* end(request: RequestSession, reason: string): Steps<void> {
  const { keeper } = request.setUp;
  keeper.assertReachable?.(request, 'end');
  const { kept } = request.seen;
  const outcome = kept && (yield* remove(request, kept, reason));
  // It goes on under another id: who asks for its end has to come with that.
  if (kept && outcome?.kind === 'gone' && (yield* wait(keeper.status(request, kept))) === 'replaced') {
    request.seen = { gone: 'replaced' };
    throw new SessionGoneError();
  }
  forget(request, reason);
}

/**
 * The session was emptied: it is removed, unless others have put something into it meanwhile. What cannot be removed because
 * the store is away is written as empty, but for what a handler has replaced by nothing.
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

/** Gives the session a new id. The new one is kept before the old one goes: a store that fails between loses none. */
export function* regenerate(request: RequestSession, held: Session, reason: string): Steps<boolean> {
  const { keeper } = request.setUp;
  keeper.assertReachable?.(request, 'renew');
  assertSendable(request);
  const former = request.seen.kept;
  request.id = undefined;
  let hasLanded = false;
  try {
    yield* wait(request.options.beforeSave?.(request.ctx, held));
    const write = writeFor(request, held, undefined, true);
    const { id, userId } = write;
    const isLogin = request.isNewUser(userId, former);
    // The former session is about to end: its user has no more than before.
    if (!isLogin) write.maxOfUser = Infinity;
    const outcome = yield* put(request, undefined, write);
    if (outcome.kind !== 'done') return true;
    let retired: Outcome = outcome;
    try {
      if (former?.id !== undefined) {
        const { renewGrace } = request.options;
        // The old id leads to the new session for a while, but not to that of another user. Without `userOf` it cannot be told
        // whether a login came between.
        const { userOf } = request.configured;
        const isFollowed = userOf && renewGrace && id !== undefined && userId === request.userOf(former);
        const successor = isFollowed ? { id, userId, for: renewGrace } : undefined;
        const how = { version: former.version, replaced: true, successor };
        retired = yield* wait(keeper.destroy(request, former, how));
      }
    } finally {
      // Also when the store has failed. A login is a session of its own: it goes on although what was there has ended.
      if (retired.kind === 'done' || (retired.kind === 'gone' && isLogin)) {
        afterWrite(request, write, outcome.version, 'regenerated', reason);
        hasLanded = true;
      }
    }
    if (hasLanded) return true;
    yield* wait(keeper.destroy(request, keptOf(write, outcome.version)));
    if (retired.kind === 'changed') rebase(request, held, retired.current);
    else giveUp(request, 'left');
    return retired.kind !== 'changed';
  } finally {
    if (!hasLanded) request.id = former?.id;
  }
}
