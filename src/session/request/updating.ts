import type { Session, SessionData, UpdateFunction } from '../session.ts';
import type { Outcome } from '../store.ts';
import { draftOf } from './drafting.ts';
import { isAway, removeKept } from './removing.ts';
import type { SessionState } from './state.ts';
import { land, put, requireDelivery, requireReach, settleOthers, takeOver } from './writing.ts';

/**
 * `session.update()`: changes the freshest data, again and again until nobody has come between.
 * @param withData makes a session of changed data
 */
export async function update<Result>(
  state: SessionState,
  session: Session,
  change: UpdateFunction<Result>,
  withData: (data: object) => Session,
): Promise<Result> {
  const attempt = () => tryUpdate(state, session, change, withData);
  const first = await attempt();
  if (first) return first.result;
  return state.inTurn(async () => {
    for (;;) {
      const next = await attempt();
      if (next) return next.result;
    }
  });
}

/** Undefined when others were faster; the session is what they have made of it now. */
async function tryUpdate<Result>(
  state: SessionState,
  session: Session,
  change: UpdateFunction<Result>,
  withData: (data: object) => Session,
): Promise<{ result: Result } | undefined> {
  requireDelivery(state);
  // On a copy, since it may have to be done again on other data.
  const before = JSON.stringify(session);
  const copy = JSON.parse(before) as Partial<SessionData>;
  const result = await change(copy);
  const changed = withData(copy);
  await state.options.beforeSave?.(state.ctx, changed);
  if (state.session !== session)
    throw new Error('session: update() of a session that was set anew meanwhile');
  const data = changed.toJSON();
  const outcome = await storeChanged(state, data);
  if (outcome.kind === 'done') {
    takeOver(session, JSON.parse(before) as Record<string, unknown>, { ...data });
    return { result };
  }
  settleOthers(state, session, outcome, true);
  return undefined;
}

/** As at the end of a request, what is new and empty is not stored, and what was emptied is removed. */
async function storeChanged(state: SessionState, data: object): Promise<Outcome> {
  const former = state.kept;
  if (Object.keys(data).length === 0 && !isAway(state)) {
    if (!former) return { kind: 'done', version: 0 };
    try {
      return await removeKept(state, former);
    } catch (error) {
      // As in `removeEmptied`.
      if (!isAway(state)) throw error;
    }
  }
  const draft = draftOf(state, { data, json: JSON.stringify(data) });
  const outcome = await put(state, former, draft);
  if (outcome.kind === 'done') {
    await requireReach(state, draft, outcome.version);
    land(state, draft, outcome.version, former ? 'saved' : 'created', data);
  }
  return outcome;
}
