import { SessionGoneError } from '../errors.ts';
import { KeptSession } from '../kept-session.ts';
import { after, recovering } from '../maybe-promise.ts';
import type { Draft } from '../persistence.ts';
import type { Session } from '../session.ts';
import type { MaybePromise, Version } from '../store.ts';
import { draftOf, snapshotOf } from './drafting.ts';
import type { SessionState } from './state.ts';
import { adopt, land, lose, put, requireReach } from './writing.ts';

/** Gives the session a new id. The new one is stored before the old one goes: a store that fails between loses none. */
export function regenerate(state: SessionState, session: Session): MaybePromise<void> {
  if (state.gone && !mayBeginAnew(state, session)) throw new SessionGoneError();
  state.persistence.requireStore('renew');
  state.persistence.requireDelivery(state.lateUse);
  const former = state.kept;
  state.id = undefined;
  return recovering(
    () =>
      after(state.options.beforeSave?.(state.ctx, session), () => createSuccessor(state, session, former)),
    (error) => {
      const hasLanded = state.kept !== undefined && !state.hasLeftItsId;
      if (!hasLanded) state.id = former?.id;
      throw error;
    },
  );
}

/** Who comes with an id that was just replaced may log in; nothing else may take the place of the new session. */
function mayBeginAnew({ gone, configured }: SessionState, session: Session): boolean {
  return gone === 'replaced' && (!configured.userOf || Boolean(configured.userOf(session.toJSON())));
}

function createSuccessor(
  state: SessionState,
  session: Session,
  former: KeptSession | undefined,
): MaybePromise<void> {
  const draft = draftOf(state, snapshotOf(session), { isNew: true });
  return after(put(state, undefined, draft), (outcome) => {
    if (outcome.kind !== 'done') return;
    return after(requireReach(state, draft, outcome.version), () =>
      retire(state, session, former, draft, outcome.version),
    );
  });
}

/** Ends the former id, unless others have changed its session meanwhile: then the successor gets that first. */
function retire(
  state: SessionState,
  session: Session,
  former: KeptSession | undefined,
  draft: Draft,
  version: Version,
): MaybePromise<void> {
  const finish = (): void => land(state, draft, version, 'regenerated', session.toJSON());
  if (former?.id === undefined) return finish();
  const ending = recovering(
    () => state.persistence.destroy(former, { version: former.version, replaced: true }),
    (error) => {
      finish();
      throw error;
    },
  );
  return after(ending, (outcome) => {
    const successor = KeptSession.ofStored(draft.id, draft, version);
    if (outcome.kind === 'done') return finish();
    if (outcome.kind === 'gone') {
      // A login is a session of its own: it goes on although what was there before it has ended.
      if (isLogin(state, former, draft)) return finish();
      return after(state.persistence.destroy(successor), () => lose(state, session, true));
    }
    adopt(state, session, outcome.current);
    const merged = { ...draftOf(state, snapshotOf(session), { isNew: true }), id: draft.id };
    return after(state.persistence.update(successor, merged), (updated) => {
      if (updated.kind === 'done') return retire(state, session, state.kept, merged, updated.version);
      return lose(state, session, true);
    });
  });
}

function isLogin(state: SessionState, former: KeptSession, { userId }: Draft): boolean {
  return userId !== undefined && state.userOf(former.data) !== userId;
}
