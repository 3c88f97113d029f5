import {
  draftOf,
  endLeft,
  isAway,
  land,
  put,
  removeKept,
  requireDelivery,
  requireReach,
  settleOthers,
  snapshotOf,
  untilDone,
} from '../core/commit.ts';
import { SessionGoneError } from '../core/errors.ts';
import type { Conflicts, RequestSession } from '../core/request-session.ts';
import { type Session, SessionBase, type SessionData, type UpdateFunction } from '../core/session.ts';
import type { Outcome } from '../core/store.ts';

/** `session.update()`: changes the freshest data, again and again until nobody has come between. */
export async function update<Result>(
  request: RequestSession,
  change: UpdateFunction<Result>,
  conflicts: Conflicts,
): Promise<Result> {
  const held = request.get();
  if (!held) throw new Error('session: update() of a session that was set to null');
  if (request.seen.gone) throw new SessionGoneError();
  request.requireKnown();
  await endLeft(request);
  let done: { result: Result } | undefined;
  const attempt = async (): Promise<boolean> => {
    done = await tryUpdate(request, held, change, conflicts);
    return done !== undefined;
  };
  if (!(await attempt())) {
    const { ContextStore, store } = request.options;
    await conflicts.inTurn(ContextStore ?? store ?? request, request.seen.kept?.id ?? '', () =>
      untilDone(attempt),
    );
  }
  return (done as unknown as { result: Result }).result;
}

/** Undefined when others were faster; the session is what they have made of it now. */
async function tryUpdate<Result>(
  request: RequestSession,
  held: Session,
  change: UpdateFunction<Result>,
  conflicts: Conflicts,
): Promise<{ result: Result } | undefined> {
  requireDelivery(request);
  // On a copy, since it may have to be done again on other data.
  const before = JSON.stringify(held);
  const copy = JSON.parse(before) as Partial<SessionData>;
  const result = await change(copy);
  const changed: Session = new SessionBase(request, copy);
  await request.options.beforeSave?.(request.ctx, changed);
  if (request.held !== held) throw new Error('session: update() of a session that was set anew meanwhile');
  const outcome = await keep(request, changed);
  if (outcome.kind === 'done') {
    conflicts.merge(held, JSON.parse(before) as object, changed.toJSON());
    return { result };
  }
  settleOthers(request, held, outcome, true);
  return undefined;
}

/** As at the end of a request, what is new and empty is not kept, and what was emptied is removed. */
async function keep(request: RequestSession, changed: Session): Promise<Outcome> {
  const former = request.seen.kept;
  if (!changed.populated && !isAway(request)) {
    if (!former) return { kind: 'done', version: 0 };
    try {
      return await removeKept(request, former);
    } catch (error) {
      // What cannot be removed because the store is away is written as empty.
      if (!isAway(request)) throw error;
    }
  }
  const snapshot = snapshotOf(changed);
  const draft = draftOf(request, snapshot);
  const outcome = await put(request, former, draft);
  if (outcome.kind === 'done') {
    await requireReach(request, draft, outcome.version);
    land(request, draft, outcome.version, former ? 'saved' : 'created', snapshot.data, 'update() was called');
  }
  return outcome;
}
