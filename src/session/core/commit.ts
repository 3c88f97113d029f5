import { CookieTooLargeError } from '../cookie/size.ts';
import { type Action, type After, type Before, decide, isDueToExtend } from './decide.ts';
import { SessionGoneError } from './errors.ts';
import type { SessionEventName } from './events.ts';
import { type Draft, type Kept, objectIn } from './keeper.ts';
import { endOf, type Life, savedAt, timeToLive } from './life.ts';
import type { Asked, RequestSession } from './request-session.ts';
import { dataOf, type Session, type SessionData } from './session.ts';
import { isPromise, type MaybePromise, type Outcome, type StoredSession, type Version } from './store.ts';

/** How often one request merges its changes with those of others before something must be wrong. */
const MOST_ROUNDS = 500;

/** The data of a session at one moment. */
interface Snapshot {
  data: Partial<SessionData>;
  json: string;
}

/**
 * Keeps or ends what the handlers have made of the session, and tells the browser. What need not wait is done when this
 * returns its promise: hence `isPromise` before an `await`.
 */
export async function commit(request: RequestSession, asked: Asked): Promise<void> {
  if (request.held === undefined && !(await isDueUnasked(request))) return;
  request.requireKnown();
  const attempt = (): Promise<boolean> => carryOut(request, asked);
  if (!(await attempt())) {
    const { ContextStore, store } = request.options;
    const owner = ContextStore ?? store ?? request;
    const { conflicts } = request.base;
    const id = request.seen.kept?.id ?? '';
    const again = (): Promise<void> => untilDone(attempt);
    await (conflicts ? conflicts.inTurn(owner, id, again) : again());
  }
  // It was ended meanwhile, by beforeSave or by a handler that did not wait.
  if (request.held === null) await carryOut(request, undefined);
}

/** Again and again, since others may always be faster. */
export async function untilDone(attempt: () => Promise<boolean>): Promise<void> {
  for (let round = 1; round < MOST_ROUNDS; round += 1) if (await attempt()) return;
  throw tooOften();
}

/** Whether something has to be done for a session that no handler has asked for. */
async function isDueUnasked(request: RequestSession): Promise<boolean> {
  if (!request.mayWriteUnasked()) return false;
  if (!request.seen.isLoaded && !request.seen.failure) await request.load();
  if (!request.seen.kept || !(isDue(request) || request.isStale)) return false;
  request.held = request.unpack();
  return true;
}

/** False when others had changed the session: it is merged with theirs now, and what to do is to be decided anew. */
async function carryOut(request: RequestSession, asked: Asked): Promise<boolean> {
  const { held, assigned } = request;
  if (held && assigned?.startsWith('null')) requireStore(request, 'end');
  if (held && request.hasLeftItsId) {
    const ending = endLeft(request);
    if (isPromise(ending)) await request.wait(ending);
  }
  const snapshot = held ? snapshotOf(held) : undefined;
  const action = actionFor(request, snapshot, asked);
  const isWaiting = asked !== undefined;
  switch (action.kind) {
    case 'create':
    case 'update':
    case 'extend':
      if (!held || !snapshot) return true;
      return asked === 'regenerate'
        ? regenerate(request, held, action)
        : write(request, held, snapshot, action, isWaiting);
    case 'replace':
      return held ? regenerate(request, held, action) : true;
    case 'resend':
      return resend(request, action);
    case 'destroy':
      return held ? removeEmptied(request, held, action, isWaiting) : end(request, action);
    case 'clear':
      if (held) forget(request, request.seen.kept, action);
      return held ? true : end(request, action);
    case 'discard':
      if (held) lose(request, held, isWaiting);
      return true;
    case 'refuse':
      throw new SessionGoneError();
    default:
      return true;
  }
}

function actionFor(request: RequestSession, snapshot: Snapshot | undefined, asked: Asked): Action {
  const { seen, held, assigned } = request;
  const { kept } = seen;
  const before: Before = seen.gone ?? (seen.wasRemoved ? 'removed' : kept ? 'live' : 'none');
  const after = afterOf(request, snapshot, asked);
  const isReplaced = assigned?.endsWith('object') === true && held != null;
  // `ctx.session = {}` over what could not be read.
  if (after === 'empty' && isReplaced && (before === 'none' || isAway(request))) requireStore(request, 'end');
  return decide(before, after, {
    isAsked: asked === 'save' || request.maxAgeIs === 'unsaved',
    isDue: after === 'same' && kept !== undefined && !seen.wasSaved && request.mayExtend() && isDue(request),
    isStale: request.isStale,
    isUnread: isReplaced && isPresented(request),
    isAway: isAway(request),
    isLogin: asked === 'regenerate' && held != null && mayLogIn(request, held),
  });
}

function afterOf(request: RequestSession, snapshot: Snapshot | undefined, asked: Asked): After {
  const { held, assigned, seen } = request;
  if (!held || !snapshot) return 'null';
  if (asked === 'regenerate') return 'regenerated';
  // Set to an object, it may differ from what cannot be read.
  const isWhole = assigned !== undefined && !seen.wasSaved && isAway(request);
  if (seen.kept && !isWhole && snapshot.json === seen.kept.data) return 'same';
  return held.populated ? 'other' : 'empty';
}

/** Who comes with an id that was just replaced may log in; nothing else may take the place of the new session. */
function mayLogIn({ configured }: RequestSession, held: Session): boolean {
  return !configured.userOf || Boolean(configured.userOf(held.toJSON()));
}

/** Whether this request moves the end of the session although it changes nothing else. */
function isDue(request: RequestSession): boolean {
  const { life, options, configured, maxAge } = request;
  if (!life || !isActivity(request)) return false;
  return isDueToExtend(life, maxAge, options, configured, options.now());
}

/** Whether the request is a person's doing. */
function isActivity({ options, ctx }: RequestSession): boolean {
  return options.isActivity?.(ctx) ?? true;
}

export function isAway(request: RequestSession): boolean {
  return request.place === 'outage';
}

function requireStore(request: RequestSession, purpose: 'end' | 'renew'): void {
  request.setUp.keeper.requireStore?.(request, purpose);
}

/** Taken once for all that is done with it: to write JSON costs as much as to store it. */
export function snapshotOf(session: Session): Snapshot {
  const data = session.toJSON();
  return { data, json: JSON.stringify(data) };
}

/** What is to be kept for a session. */
export function draftOf(request: RequestSession, { data, json }: Snapshot, isSuccessor = false): Draft {
  const former = isSuccessor ? undefined : request.life;
  const isExtended = !former || request.maxAgeIs !== undefined || isActivity(request);
  const life = nextLife(request, former, isExtended);
  return { ...draftFor(request, data, json, life), isExtended, isSuccessor };
}

function draftFor(request: RequestSession, data: object, json: string, life: Life): Draft {
  const end = endOf(life, request.configured);
  return {
    id: request.id,
    data: json,
    object: data,
    life,
    ttl: timeToLive(end, request.options.now()),
    // The absolute end is for the server alone: a dated cookie would outlive the browser.
    endsAt: life.maxAge === 'session' ? undefined : end,
    userId: request.userOf(data),
    isExtended: false,
    isSuccessor: false,
    isWhole: request.assigned?.endsWith('object') === true,
    setsMaxAge: request.maxAgeIs !== undefined,
  };
}

function nextLife(request: RequestSession, former: Life | undefined, isExtended: boolean): Life {
  const { configured, maxAge } = request;
  const time = request.options.now();
  const isFull = request.base.keepsBeginning;
  const idleEndsAt = maxAge === 'session' ? undefined : time + maxAge;
  return {
    createdAt: isFull ? (former?.createdAt ?? (former && savedAt(former)) ?? time) : undefined,
    idleEndsAt: isExtended ? idleEndsAt : former?.idleEndsAt,
    maxAge: isExtended ? maxAge : former?.maxAge,
    hasOwnMaxAge: isFull && maxAge !== configured.maxAge,
  };
}

/** Keeps the session and tells the browser. False as for {@link carryOut}. */
async function write(
  request: RequestSession,
  held: Session,
  taken: Snapshot,
  action: Action,
  isWaiting: boolean,
): Promise<boolean> {
  requireDelivery(request);
  const { beforeSave } = request.options;
  let snapshot = taken;
  if (beforeSave) {
    const saving = beforeSave(request.ctx, held);
    if (isPromise(saving)) await request.wait(saving);
    // It may have ended the session.
    if (request.held === null) return true;
    snapshot = snapshotOf(held);
  }
  const draft = draftOf(request, snapshot);
  const former = request.seen.kept;
  const isUnsaved = request.maxAgeIs === 'unsaved';
  // From here on it means what comes after this draft.
  if (isUnsaved) request.maxAgeIs = 'set';
  let outcome: MaybePromise<Outcome>;
  try {
    outcome = put(request, former, draft);
    if (isPromise(outcome)) outcome = await request.wait(outcome);
  } catch (error) {
    if (isUnsaved) request.maxAgeIs = 'unsaved';
    throw error;
  }
  if (outcome.kind !== 'done') return settleOthers(request, held, outcome, isWaiting);
  const reaching = requireReach(request, draft, outcome.version);
  if (isPromise(reaching)) await request.wait(reaching);
  const isSame = former?.data === draft.data;
  const event = !former ? 'created' : isSame ? 'renewed' : 'saved';
  const { version } = outcome;
  if (isSame && !isWaiting && !isUnsaved) {
    sendAgain(() => land(request, draft, version, event, snapshot.data, action.reason));
  } else {
    land(request, draft, version, event, snapshot.data, action.reason);
  }
  return true;
}

/** Before the store is written: a record whose id reaches nobody is lost, and stays for its whole life. */
export function requireDelivery(request: RequestSession): void {
  const { ctx, base, seen } = request;
  // The headers are gone, but the client has the id already: only the cookie's new expiry is lost.
  if (ctx.headerSent && base.isInStore && seen.kept?.id !== undefined) return;
  requireSendable(request);
}

function requireSendable({ base, setUp, ctx, lateUse, options }: RequestSession): void {
  if (!(base.isInStore && options.externalKey)) setUp.cookie.requireSendable(ctx, lateUse);
}

/** The headers may have gone while the store was at work: then what has a new id reaches nobody, and must not stay. */
export function requireReach(request: RequestSession, draft: Draft, version: Version): MaybePromise<void> {
  if (request.seen.kept?.id === draft.id) return;
  try {
    requireSendable(request);
  } catch (error) {
    const ending = request.setUp.keeper.destroy(request, keptOf(draft, version));
    if (!isPromise(ending)) throw error;
    return ending.then(() => {
      throw error;
    });
  }
}

/** Goes on after a write that others may have prevented; false when they had changed the session. */
export function settleOthers(
  request: RequestSession,
  held: Session,
  outcome: Outcome,
  isWaiting: boolean,
): boolean {
  if (outcome.kind === 'gone') lose(request, held, isWaiting);
  if (outcome.kind !== 'changed') return true;
  adopt(request, held, outcome.current);
  return false;
}

export function put(request: RequestSession, former: Kept | undefined, draft: Draft): MaybePromise<Outcome> {
  const { keeper } = request.setUp;
  if (!former) return create(request, draft);
  const { maxAge, hasOwnMaxAge } = former.life;
  const isSame =
    draft.data === former.data && maxAge === draft.life.maxAge && hasOwnMaxAge === draft.life.hasOwnMaxAge;
  return isSame ? keeper.extend(request, former, draft) : keeper.update(request, former, draft);
}

async function createLater(
  request: RequestSession,
  creating: Promise<Version | undefined>,
): Promise<Outcome> {
  try {
    return created(await creating);
  } catch (error) {
    request.id = undefined;
    throw error;
  }
}

function create(request: RequestSession, draft: Draft): MaybePromise<Outcome> {
  try {
    const version = request.setUp.keeper.create(request, draft);
    return isPromise(version) ? createLater(request, version) : created(version);
  } catch (error) {
    // It may have been stored all the same: another attempt needs another id.
    request.id = undefined;
    throw error;
  }
}

function created(version: Version | undefined): Outcome {
  if (version !== undefined) return { kind: 'done', version };
  throw new Error(
    'session: the new session id is taken already. The option genid has to make another id each time, with 128 ' +
      'random bits or more.',
  );
}

/** It is kept: the browser is told, and it is what the next commit builds on. */
export function land(
  request: RequestSession,
  draft: Draft,
  version: Version,
  event: SessionEventName,
  data: object,
  reason?: string,
): void {
  // A cookie with an id and an end that the browser has already could only undo what another response has sent.
  const isKnown =
    !draft.isExtended && request.seen.kept?.id === draft.id && !request.isStale && request.place === 'store';
  if (!isKnown) request.setUp.keeper.deliver(request, draft);
  request.seen = { isLoaded: true, kept: keptOf(draft, version), wasSaved: true };
  if (request.assigned === 'null, then an object' && !request.hasLeftItsId) request.assigned = 'object';
  request.emit(event, draft.id, data, reason);
}

function keptOf({ id, data, life }: Draft, version: Version): Kept {
  return { id, data, life, version };
}

/**
 * Sends a session again that nobody has changed. If it does not fit into its cookie, none is sent: `session:rejected`
 * reports it, and the request does not fail.
 */
function sendAgain(send: () => void): void {
  try {
    send();
  } catch (error) {
    if (!(error instanceof CookieTooLargeError)) throw error;
  }
}

/** The cookie once more, with the same end. */
async function resend(request: RequestSession, { reason }: Action): Promise<boolean> {
  const { kept } = request.seen;
  if (!kept) return true;
  // It may have got another id while this request was under way.
  let standing = request.setUp.keeper.standing(request, kept);
  if (isPromise(standing)) standing = await request.wait(standing);
  if (standing !== 'there' || request.ctx.headerSent) return true;
  const data = objectIn(kept.data);
  sendAgain(() => {
    request.setUp.keeper.deliver(request, draftFor(request, data, kept.data, kept.life));
    request.seen = { ...request.seen, isStale: false };
    request.emit('reissued', kept.id, data, reason);
  });
  return true;
}

/** Takes over what others have made of the session since it was loaded, and keeps what this request has changed. */
function adopt(request: RequestSession, held: Session, current: StoredSession): void {
  const former = request.seen.kept;
  const kept: Kept = { id: former?.id, ...current };
  const base = former ? objectIn(former.data) : {};
  request.base.conflicts?.merge(held, base, dataOf(objectIn(kept.data)));
  request.seen = { ...request.seen, kept };
  if (request.maxAgeIs === undefined) request.followMaxAge(request.maxAgeOf(kept.life));
  request.emit('merged', kept.id, held.toJSON());
}

/**
 * Others have ended the session: what this request made of it must not bring it back.
 * @throws {SessionGoneError} when a handler waits for it
 */
function lose(request: RequestSession, held: Session, isWaiting: boolean): void {
  const { seen, ctx } = request;
  const isNews = seen.lost !== held;
  request.seen = { isLoaded: true, gone: seen.gone ?? 'ended', lost: held };
  // What this response was about to send would take the place of a cookie that is good.
  if (!ctx.headerSent) request.setUp.cookie.withdraw(ctx);
  if (isNews) request.emit('gone', seen.kept?.id, held.toJSON(), 'another request has ended it');
  if (isWaiting) throw new SessionGoneError();
}

/** Gives the session a new id. The new one is kept before the old one goes: a store that fails between loses none. */
async function regenerate(request: RequestSession, held: Session, { reason }: Action): Promise<boolean> {
  requireStore(request, 'renew');
  requireSendable(request);
  const { keeper } = request.setUp;
  const formerId = request.seen.kept?.id;
  request.id = undefined;
  let hasLanded = false;
  try {
    const saving = request.options.beforeSave?.(request.ctx, held);
    if (isPromise(saving)) await request.wait(saving);
    let draft = draftOf(request, snapshotOf(held), true);
    let creating = create(request, draft);
    if (isPromise(creating)) creating = await request.wait(creating);
    if (creating.kind !== 'done') return true;
    let { version } = creating;
    const reaching = requireReach(request, draft, version);
    if (isPromise(reaching)) await request.wait(reaching);
    const finish = (): void => {
      hasLanded = true;
      land(request, draft, version, 'regenerated', held.toJSON(), reason);
    };
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const former = request.seen.kept;
      if (former?.id === undefined) {
        finish();
        return true;
      }
      let ending: MaybePromise<Outcome>;
      try {
        ending = keeper.destroy(request, former, { version: former.version, replaced: true });
        if (isPromise(ending)) ending = await request.wait(ending);
      } catch (error) {
        finish();
        throw error;
      }
      // A login is a session of its own: it goes on although what was there before it has ended.
      if (ending.kind === 'done' || (ending.kind === 'gone' && isLogin(request, former, draft))) {
        finish();
        return true;
      }
      const successor = keptOf(draft, version);
      if (ending.kind === 'gone') {
        await request.wait(Promise.resolve(keeper.destroy(request, successor)));
        lose(request, held, true);
        return true;
      }
      // Others have changed the former meanwhile: the successor gets that first.
      adopt(request, held, ending.current);
      const merged = { ...draftOf(request, snapshotOf(held), true), id: draft.id };
      const updated = await request.wait(Promise.resolve(keeper.update(request, successor, merged)));
      if (updated.kind !== 'done') {
        lose(request, held, true);
        return true;
      }
      draft = merged;
      ({ version } = updated);
    }
    throw tooOften();
  } catch (error) {
    if (!hasLanded) request.id = formerId;
    throw error;
  }
}

function isLogin(request: RequestSession, former: Kept, { userId }: Draft): boolean {
  return userId !== undefined && request.userOf(objectIn(former.data)) !== userId;
}

/** A handler has ended the session. */
async function end(request: RequestSession, action: Action): Promise<boolean> {
  requireStore(request, 'end');
  request.id = undefined;
  const { kept } = request.seen;
  let outcome = endLeft(request, action);
  if (isPromise(outcome)) outcome = await request.wait(outcome);
  if (outcome?.kind === 'gone' && kept) {
    let standing = request.setUp.keeper.standing(request, kept);
    if (isPromise(standing)) standing = await request.wait(standing);
    // It goes on under another id: who asks for its end has to come with that.
    if (standing === 'replaced') {
      request.seen = { isLoaded: true, gone: 'replaced' };
      throw new SessionGoneError();
    }
  }
  requireStore(request, 'end');
  forget(request, request.seen.kept, action);
  return true;
}

/**
 * The session was emptied: it goes, unless others have put something into it meanwhile. What cannot be removed because the
 * store is away is written as empty, but for what a handler has replaced by nothing.
 */
async function removeEmptied(
  request: RequestSession,
  held: Session,
  action: Action,
  isWaiting: boolean,
): Promise<boolean> {
  const { kept } = request.seen;
  if (!kept) return true;
  try {
    let outcome = removeKept(request, kept, action);
    if (isPromise(outcome)) outcome = await request.wait(outcome);
    return settleOthers(request, held, outcome, isWaiting);
  } catch (error) {
    if (!isAway(request) || request.assigned) throw error;
    return write(request, held, snapshotOf(held), action, isWaiting);
  }
}

/** Removes what is kept, if nobody has changed it since. */
export function removeKept(request: RequestSession, kept: Kept, action?: Action): MaybePromise<Outcome> {
  const ending: MaybePromise<Outcome> =
    kept.id === undefined
      ? { kind: 'done', version: kept.version }
      : request.setUp.keeper.destroy(request, kept, { version: kept.version });
  return isPromise(ending)
    ? ending.then((one) => removed(request, kept, one, action))
    : removed(request, kept, ending, action);
}

function removed(request: RequestSession, kept: Kept, outcome: Outcome, action?: Action): Outcome {
  if (outcome.kind !== 'done') return outcome;
  // What had an id is reported with it.
  if (kept.id !== undefined) request.emit('destroyed', kept.id, objectIn(kept.data), action?.reason);
  forget(request, kept.id === undefined ? kept : undefined, action);
  return outcome;
}

/** Ends what is kept, if the session goes by another id now. */
export function endLeft(request: RequestSession, action?: Action): MaybePromise<Outcome | undefined> {
  const { kept } = request.seen;
  if (!kept || !request.hasLeftItsId) return undefined;
  const ending = request.setUp.keeper.destroy(request, kept);
  return isPromise(ending)
    ? ending.then((one) => left(request, kept, one, action))
    : left(request, kept, ending, action);
}

function left(request: RequestSession, kept: Kept, outcome: Outcome, action?: Action): Outcome {
  request.seen = { ...request.seen, kept: undefined };
  if (outcome.kind === 'done') request.emit('destroyed', kept.id, objectIn(kept.data), action?.reason);
  return outcome;
}

/** Whether the request brings a cookie that nobody has looked into. */
function isPresented({ base, ctx, seen, setUp }: RequestSession): boolean {
  return !base.isInStore && !ctx.headerSent && !seen.isLoaded && setUp.cookie.read(ctx) !== undefined;
}

/** What is left of an ended session is its cookie. */
function forget(request: RequestSession, kept: Kept | undefined, action?: Action): void {
  const { ctx, base, seen } = request;
  const wasThere = kept !== undefined || isPresented(request);
  // A session of a store is gone whatever the browser still sends; one that is the cookie is not.
  if (!base.isInStore || !ctx.headerSent) {
    requireSendable(request);
    request.setUp.cookie.expire(ctx);
  }
  request.id = undefined;
  request.seen = { isLoaded: seen.isLoaded === true, wasRemoved: true };
  if (request.maxAgeIs === 'unsaved') request.maxAgeIs = 'set';
  if (wasThere) request.emit('destroyed', undefined, kept && objectIn(kept.data), action?.reason);
}

export function tooOften(): Error {
  return new Error(
    `session: the store has answered ${MOST_ROUNDS} times that somebody else has changed the session. Does it answer ` +
      'with other data each time that it is read?',
  );
}
