import type { Context } from 'koa';
import { requestSessionOf } from '../core/middleware.ts';
import { StoreUnavailableError, wireIdOf } from '../core/keeper.ts';
import { endOf, type Life, savedAt } from '../core/life.ts';
import type { RequestSession } from '../core/request-session.ts';
import { dataIn, type SessionData } from '../core/session.ts';
import { handleOf } from '../core/session-id.ts';
import { CLOCK_MARGIN, isVersioned, type UserIndex } from '../core/store.ts';
import { caught, type MaybePromise } from '../core/waiting.ts';

/** A session of a user as a page lists it. */
export interface UserSession {
  /** Names the session for {@link UserSessions.end}. It gives no access to the session. */
  handle: string;
  /** Whether it is the session of this request. */
  isCurrent: boolean;
  data: Partial<SessionData>;
  /** Creation or last `regenerate()`, ms since 1970. */
  createdAt: number | undefined;
  /** When it was last extended, ms since 1970; undefined: not known, as for sessions that end with the browser. */
  lastSeenAt: number | undefined;
  /** When it ends, ms since 1970; undefined: when the browser closes. */
  expiresAt: number | undefined;
}

/** The sessions of the user of this request (ASVS 5.0, 7.5.2). */
export interface UserSessions {
  /**
   * The current session first, then the others, the last seen first. In cookie mode the server knows only the current
   * one.
   */
  list(): Promise<UserSession[]>;

  /**
   * Ends one of the user's sessions; the current one at the end of the request, as `ctx.session = null` does. A handle
   * of another user's session ends nothing. In cookie mode the server knows only the current handle.
   * @returns whether there was such a session
   */
  end(handle: string): Promise<boolean>;

  /**
   * Ends all but the current one: after a change of the password, or on demand (ASVS 5.0, 7.4.3). If you also call
   * `regenerate()`, call it first.
   * @returns how many were ended; undefined in cookie mode, where this is not known
   */
  endOthers(): Promise<number | undefined>;
}

/**
 * Lists and ends the sessions of the user who is logged in.
 *
 * @param property the name of the session on `ctx`
 * @throws {Error} when `userOf` is missing, when nobody is logged in, with a `ContextStore` or a store of koa-session's
 *   kind, and in cookie mode without `revocations`
 */
export function userSessions(ctx: Context, property = 'session'): UserSessions {
  const current = requestSessionOf(ctx, property);
  if (!current) throw new Error(`session: there is no ctx.${property} here: call app.use(session(…)) first`);
  const { userOf, store, ContextStore, revocations } = current.configured;
  if (!userOf) throw new Error('session: to find the sessions of a user, set the option userOf');
  const session = current.get();
  const userId = session && userOf(dataIn(session));
  if (!userId) throw new Error('session: nobody is logged in, as far as the option userOf can tell');
  if (ContextStore)
    throw new Error('session: a ContextStore cannot find the sessions of a user; set the option store');
  if (store && isVersioned(store)) return sessionsOf(current, userId, store);
  if (revocations) return sessionsOf(current, userId);
  const obstacle = store
    ? 'this store cannot find the sessions of a user; MemoryStore and any other VersionedStore can'
    : 'sessions in cookies can be ended only with the option revocations';
  throw new Error(`session: ${obstacle}`);
}

/** @param index undefined in cookie mode */
function sessionsOf(current: RequestSession, userId: string, index?: UserIndex): UserSessions {
  const { revocations, absoluteMaxAge, now, onStoreError } = current.configured;
  const ask = <Answer>(purpose: 'list' | 'others', work: () => MaybePromise<Answer>) =>
    caught(work, (error): never => {
      current.emit('store-error', undefined, error);
      throw onStoreError === 'cookie' ? new StoreUnavailableError(purpose, error) : error;
    });
  return {
    async list() {
      if (!index) {
        const held = current.get();
        return [listed(current, handleOfCurrent(current), held ? dataIn(held) : {}, current.life)];
      }
      const found = await ask('list', () => index.listByUser(userId));
      return found
        .map(({ handle, data, life }) => listed(current, handle, JSON.parse(data) as object, life))
        .toSorted(currentFirst);
    },
    async end(handle) {
      const isCurrent = handle === handleOfCurrent(current);
      // Ends it as `ctx.session = null` does, so that its cookie is cleared too.
      if (isCurrent) current.set(null);
      if (isCurrent || !index) return isCurrent;
      return (await ask('others', () => index.destroyByUser(userId, { only: handle }))) > 0;
    },
    async endOthers() {
      // If another request renews the current id now, a `regenerate()` of this one must not reuse that new id.
      current.copyOptions().renewGrace = 0;
      if (index) return ask('others', () => index.destroyByUser(userId, { except: current.needId() ?? '' }));
      const until = now() + (absoluteMaxAge ?? Infinity) + CLOCK_MARGIN;
      await revocations?.revokeUser(userId, now(), until, wireIdOf(current.needId(), current.life?.stamp));
    },
  };
}

function listed(current: RequestSession, handle: string, data: object, life?: Life): UserSession {
  return {
    handle,
    isCurrent: handle === handleOfCurrent(current),
    data,
    createdAt: life?.createdAt,
    lastSeenAt: life && savedAt(life),
    expiresAt: life && endOf(life, current.configured),
  };
}

function handleOfCurrent(current: RequestSession): string {
  return current.seen.kept?.successor ?? handleOf(current.needId() ?? '');
}

function currentFirst(one: UserSession, other: UserSession): number {
  return Number(other.isCurrent) - Number(one.isCurrent) || (other.lastSeenAt ?? 0) - (one.lastSeenAt ?? 0);
}
