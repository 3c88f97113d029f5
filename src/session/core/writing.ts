import { canSend } from '../cookie/cookie-lines.ts';
import { CookieTooLargeError } from '../cookie/size.ts';
import { dataIn, dataOf, jsonOf, SessionGoneError, type Session } from './session.ts';
import type { SessionEventName } from './events.ts';
import { type Draft, type Kept, objectIn } from './keeper.ts';
import { userIn } from './options.ts';
import { endOf, type Life, savedAt, timeToLive } from './life.ts';
import type { Asked, RequestSession } from './request-session.ts';
import type { Outcome, StoredSession, Successor, Version } from './store.ts';
import { type Steps, wait } from './waiting.ts';

/**
 * What is to be kept for a session.
 * @param json of its data, if it was written already: that costs as much as to store it
 */
export function draftOf(request: RequestSession, held: Session, json?: string, isSuccessor = false): Draft {
  const { configured, maxAge, idleTimeout } = request;
  const former = isSuccessor ? undefined : request.life;
  const isExtended = !former || request.maxAgeIs !== undefined || request.isActivity();
  const time = request.options.now();
  const isFull = request.setUp.keepsBeginning;
  const life: Life = {
    createdAt: isFull ? (former?.createdAt ?? (former && savedAt(former)) ?? time) : undefined,
    idleEndsAt: !isExtended ? former.idleEndsAt : idleTimeout && time + idleTimeout,
    maxAge: isExtended ? maxAge : former.maxAge,
    hasOwnMaxAge: isFull && maxAge !== configured.maxAge,
  };
  const data = json ?? jsonOf(held, request);
  const { kept } = request.seen;
  const draft = draftOfKept(request, { id: request.needId(), data, life }, dataIn(held));
  draft.isSame =
    !isSuccessor &&
    data === kept?.data &&
    life.maxAge === kept.life.maxAge &&
    life.hasOwnMaxAge === kept.life.hasOwnMaxAge;
  draft.isExtended = isExtended;
  draft.isSuccessor = isSuccessor;
  return draft;
}

/** What is kept, once more. */
export function draftOfKept(
  request: RequestSession,
  { id, data, life }: Pick<Kept, 'id' | 'data' | 'life'>,
  object: object = objectIn(data),
): Draft {
  const end = endOf(life, request.configured);
  return {
    id,
    data,
    object,
    life,
    ttl: timeToLive(end, request.options.now()),
    // The absolute end is for the server alone: a dated cookie would outlive the browser.
    endsAt: life.maxAge === 'session' ? undefined : end,
    userId: userIn(object, request.configured),
    maxOfUser: request.configured.maxSessionsPerUser,
    isExtended: false,
    isSame: false,
    isSuccessor: false,
    isWhole: request.wasSet,
    setsMaxAge: request.maxAgeIs !== undefined,
  };
}

/** Before the store is written: a record whose id reaches nobody is lost, and stays for its whole life. */
export function requireDelivery(request: RequestSession): void {
  const { ctx, isInStore, seen } = request;
  // The headers are gone, but the client has the id already: only the cookie's new expiry is lost.
  if (isInStore && seen.kept?.id !== undefined && !canSend(ctx)) return;
  requireSendable(request);
}

export function requireSendable(request: RequestSession): void {
  if (request.isInStore && request.options.externalKey) return;
  request.cookie.requireSendable(request, request.lateUse);
}

export function* put(request: RequestSession, former: Kept | undefined, draft: Draft): Steps<Outcome> {
  const { keeper } = request.setUp;
  let outcome: Outcome;
  try {
    outcome = yield* wait(keeper.write(request, former, draft));
  } catch (error) {
    // It may have been stored anyway: another attempt needs another id.
    if (!former) request.id = undefined;
    throw error;
  }
  if (outcome.kind !== 'done' || request.seen.kept?.id === draft.id) return outcome;
  try {
    requireSendable(request);
  } catch (error) {
    // The headers have gone while the store was at work: what has a new id reaches nobody, and must not stay.
    yield* wait(keeper.destroy(request, keptOf(draft, outcome.version)));
    throw error;
  }
  return outcome;
}

/**
 * It is kept: the browser is told, and it is what the next commit builds on.
 * @param isUnchanged nobody has changed it: then, if it does not fit into its cookie, none is sent. `session:rejected`
 *   reports that, and the request does not fail
 */
export function land(
  request: RequestSession,
  draft: Draft,
  version: Version,
  event: SessionEventName,
  reason: string,
  isUnchanged = false,
): void {
  const { seen } = request;
  const isSameId = seen.kept !== undefined && seen.kept.id === draft.id;
  const successor = isSameId ? seen.kept.successor : undefined;
  // The browser has this id and this end already, or the id of the successor: this could only undo another response.
  const isKnown =
    successor !== undefined ||
    (isSameId && !draft.isExtended && !request.isStale && request.isInStore && !request.isAway);
  try {
    if (!isKnown) request.setUp.keeper.deliver(request, draft);
  } catch (error) {
    if (isUnchanged && error instanceof CookieTooLargeError) return;
    throw error;
  }
  const wasSaved = event !== 'reissued' || seen.wasSaved;
  request.seen = { isLoaded: true, kept: keptOf(draft, version, successor), wasSaved };
  if (request.wasSet && !request.hasLeftItsId) request.wasNull = false;
  request.emit(event, draft.id, draft.object, reason);
}

export function keptOf({ id, data, life }: Draft, version: Version, successor?: string): Kept {
  return { id, data, life, version, successor };
}

/**
 * Goes on after a write that others may have prevented; false when they had changed the session.
 * @throws {SessionGoneError} when they have ended it and a handler waits
 */
export function settle(request: RequestSession, held: Session, outcome: Outcome, asked: Asked): boolean {
  if (outcome.kind === 'gone') lose(request, held, asked);
  if (outcome.kind === 'changed') adopt(request, held, outcome.current);
  return outcome.kind !== 'changed';
}

/** Takes over what others have made of the session since it was loaded, and keeps what this request has changed. */
function adopt(request: RequestSession, held: Session, current: StoredSession): void {
  const former = request.seen.kept;
  const kept: Kept = { ...current, id: former?.id };
  const base = former ? objectIn(former.data) : {};
  const { conflicts } = request.setUp;
  // What JSON cannot hold cannot be compared either: it is named here.
  jsonOf(held, request);
  conflicts?.merge(held, base, dataOf(objectIn(kept.data)));
  request.seen = { ...request.seen, kept };
  if (request.maxAgeIs === undefined) request.followMaxAge(request.maxAgeOf(kept.life));
  if (conflicts) request.emit('merged', kept.id, dataIn(held));
}

/**
 * Others have ended the session: what this request made of it must not bring it back.
 * @throws {SessionGoneError} when a handler waits for something that is lost
 */
export function lose(request: RequestSession, held: Session, asked: Asked): void {
  const { seen, ctx } = request;
  const isNews = seen.lost !== held;
  const former = seen.kept && objectIn(seen.kept.data);
  // Of a logout, for one, nothing is lost.
  const isLost = seen.gone !== 'left' && !(former && isPartOf(dataIn(held), former));
  const user = former ? userIn(former, request.configured) : seen.user;
  request.seen = { isLoaded: true, gone: seen.gone ?? 'ended', lost: held, user };
  // What this response was about to send would take the place of a cookie that is good.
  if (canSend(ctx)) request.cookie.withdraw(ctx);
  if (isNews) request.emit('gone', seen.kept?.id, dataIn(held), 'another request has ended it');
  if (asked && isLost) throw new SessionGoneError();
}

/** Whether `mine` is `theirs`, with something left out or with nothing. */
function isPartOf(mine: unknown, theirs: unknown): boolean {
  if (!isObject(mine) || !isObject(theirs)) return JSON.stringify(mine) === JSON.stringify(theirs);
  return Object.entries(mine).every(([key, value]) => value === undefined || isPartOf(value, theirs[key]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The session has ended, and a handler asks for another one. That begins with a login, if one follows. */
export function leave(request: RequestSession): void {
  const { kept, user } = request.seen;
  const former = kept ? userIn(objectIn(kept.data), request.configured) : user;
  request.seen = { isLoaded: true, gone: 'left', user: former };
}

/** What follows is a session of its own. */
export function startAgain(request: RequestSession): void {
  request.id = undefined;
  request.seen = { isLoaded: true };
  if (request.maxAgeIs === undefined) request.followMaxAge(request.configured.maxAge);
}

/** Ends what is kept; with `version` only if nobody has changed it since. */
export function* remove(
  request: RequestSession,
  kept: Kept,
  reason?: string,
  version?: Version,
): Steps<Outcome> {
  const { id, data } = kept;
  // What has no id is nowhere but in its cookie.
  if (id === undefined) requireSendable(request);
  const outcome = yield* wait(
    request.setUp.keeper.destroy(request, kept, version === undefined ? undefined : { version }),
  );
  if (outcome.kind === 'done' || version === undefined) request.seen = { ...request.seen, kept: undefined };
  if (outcome.kind === 'done') request.emit('destroyed', id, objectIn(data), reason);
  return outcome;
}

/** Ends what is kept, if the session goes by another id now. */
export function* removeLeft(request: RequestSession): Steps<void> {
  const { kept } = request.seen;
  if (kept && request.hasLeftItsId) yield* remove(request, kept, 'another session has taken its place');
}

/** What is left of an ended session is its cookie. */
export function forget(request: RequestSession, reason?: string): void {
  const { ctx, isInStore, seen } = request;
  const wasUnread = !seen.isLoaded && isPresented(request);
  // A session of a store is gone whatever the browser still sends; one that is the cookie is not.
  if (!isInStore || canSend(ctx)) {
    requireSendable(request);
    request.cookie.expire(request);
  }
  request.id = undefined;
  request.seen = { isLoaded: seen.isLoaded === true, wasRemoved: true };
  if (request.maxAgeIs === 'unsaved') request.maxAgeIs = 'set';
  if (wasUnread) request.emit('destroyed', undefined, undefined, reason);
}

/** Whether the request brings a cookie that may hold a session. */
export function isPresented(request: RequestSession): boolean {
  return !request.isInStore && canSend(request.ctx) && request.cookie.read(request) !== undefined;
}

interface Why {
  reason: string;
  asked: Asked;
  /** Of the data, if it was written already. */
  json?: string | undefined;
}

/** Keeps the session and tells the browser. False as for `carryOut` in commit.ts. */
export function* write(request: RequestSession, held: Session, { reason, asked, json }: Why): Steps<boolean> {
  requireDelivery(request);
  const { beforeSave } = request.options;
  if (beforeSave) {
    yield* wait(beforeSave(request.ctx, held));
    if (request.held === null) return true;
  }
  const draft = draftOf(request, held, beforeSave ? undefined : json);
  const former = request.seen.kept;
  const isUnsaved = request.maxAgeIs === 'unsaved';
  const outcome = yield* put(request, former, draft);
  if (outcome.kind !== 'done') return settle(request, held, outcome, asked);
  const isSame = former?.data === draft.data;
  const event = !former ? 'created' : isSame ? 'renewed' : 'saved';
  land(request, draft, outcome.version, event, reason, isSame && !asked && !isUnsaved);
  // A handler may have set it again meanwhile.
  if (isUnsaved && request.maxAge === draft.life.maxAge) request.maxAgeIs = 'set';
  return true;
}

/** The cookie once more, with the same end. */
export function* resend(request: RequestSession, reason: string): Steps<boolean> {
  const { kept } = request.seen;
  if (!kept) return true;
  // It may have got another id while this request was under way.
  const standing = yield* wait(request.setUp.keeper.standing(request, kept));
  if (standing !== 'there' || !canSend(request.ctx)) return true;
  land(request, draftOfKept(request, kept), kept.version, 'reissued', reason, true);
  return true;
}

/** A handler has ended the session. */
export function* end(request: RequestSession, reason: string): Steps<boolean> {
  const { keeper } = request.setUp;
  keeper.requireStore?.(request, 'end');
  const { kept } = request.seen;
  const outcome = kept && (yield* remove(request, kept, reason));
  // It goes on under another id: who asks for its end has to come with that.
  if (kept && outcome?.kind === 'gone' && (yield* wait(keeper.standing(request, kept))) === 'replaced') {
    request.seen = { isLoaded: true, gone: 'replaced' };
    throw new SessionGoneError();
  }
  forget(request, reason);
  return true;
}

/**
 * The session was emptied: it is removed, unless others have put something into it meanwhile. What cannot be removed because
 * the store is away is written as empty, but for what a handler has replaced by nothing.
 */
export function* removeEmptied(request: RequestSession, held: Session, why: Why): Steps<boolean> {
  const { kept } = request.seen;
  if (!kept) return true;
  let outcome: Outcome;
  try {
    outcome = yield* remove(request, kept, why.reason, kept.version);
  } catch (error) {
    if (!request.isAway || request.wasSet) throw error;
    return yield* write(request, held, why);
  }
  if (outcome.kind === 'done') forget(request, why.reason);
  return settle(request, held, outcome, why.asked);
}

/** Gives the session a new id. The new one is kept before the old one goes: a store that fails between loses none. */
export function* regenerate(request: RequestSession, held: Session, reason: string): Steps<boolean> {
  const { keeper } = request.setUp;
  keeper.requireStore?.(request, 'renew');
  requireSendable(request);
  const former = request.seen.kept;
  request.id = undefined;
  let hasLanded = false;
  try {
    yield* wait(request.options.beforeSave?.(request.ctx, held));
    const draft = draftOf(request, held, undefined, true);
    // The former session is about to end: its user has no more than before.
    if (!isLogin(request, former, draft)) draft.maxOfUser = Infinity;
    const outcome = yield* put(request, undefined, draft);
    if (outcome.kind !== 'done') return true;
    const { version } = outcome;
    let retired: Outcome = outcome;
    try {
      if (former?.id !== undefined) {
        const successor = successorOf(request, former, draft);
        const how = { version: former.version, replaced: true, successor };
        retired = yield* wait(keeper.destroy(request, former, how));
      }
    } finally {
      // Also when the store has failed. A login is a session of its own: it goes on although what was there has ended.
      if (retired.kind === 'done' || (retired.kind === 'gone' && isLogin(request, former, draft))) {
        land(request, draft, version, 'regenerated', reason);
        hasLanded = true;
      }
    }
    if (hasLanded) return true;
    yield* wait(keeper.destroy(request, keptOf(draft, version)));
    if (retired.kind === 'changed') adopt(request, held, retired.current);
    else leave(request);
    return retired.kind !== 'changed';
  } finally {
    if (!hasLanded) request.id = former?.id;
  }
}

/** To which session the old id leads for a while: with another user it leads nowhere. */
function successorOf(request: RequestSession, { data }: Kept, draft: Draft): Successor | undefined {
  const { configured, options } = request;
  const { id, userId } = draft;
  const { renewGrace } = options;
  if (!renewGrace || id === undefined || userIn(objectIn(data), configured) !== userId) return undefined;
  return { id, userId, for: renewGrace };
}

export function isLogin(request: RequestSession, former: Kept | undefined, { userId }: Draft): boolean {
  return userId !== undefined && (!former || userIn(objectIn(former.data), request.configured) !== userId);
}
