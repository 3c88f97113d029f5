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
  /** Names it for {@link UserSessions.end}. It opens nothing. */
  handle: string;
  /** It is the session of this request. */
  isCurrent: boolean;
  data: Partial<SessionData>;
  /** Creation or last `regenerate()`, ms since 1970. */
  createdAt: number | undefined;
  /** When its life was last extended, ms since 1970; undefined for sessions that end with the browser. */
  lastSeenAt: number | undefined;
  /** ms since 1970; undefined: with the browser. */
  expiresAt: number | undefined;
}

/** The sessions of the user whose session this request has (ASVS 5.0, 7.5.2). */
export interface UserSessions {
  /**
   * The current one first, then the last seen. Where sessions live in cookies the server knows of no other, and the
   * list has but the current one.
   */
  list(): Promise<UserSession[]>;

  /**
   * Ends one of the user's own sessions; the current one as `ctx.session = null` does, at the end of the request.
   * Somebody else's handle ends nothing. Where sessions live in cookies only the
   * current one can be named.
   * @returns whether there was one
   */
  end(handle: string): Promise<boolean>;

  /**
   * Ends all but the current one: after a change of the password, or on demand (ASVS 5.0, 7.4.3). Who regenerates the
   * current one as well does that first.
   * @returns how many; undefined where sessions live in cookies: nobody knows
   */
  endOthers(): Promise<number | undefined>;
}

/**
 * Lists and ends the sessions of the user who is logged in.
 *
 * @param property the name on `ctx` of the session that is meant
 * @throws {Error} when the option `userOf` is missing, when it says that nobody is logged in, with a `ContextStore`, or
 *   when neither the store nor the option `revocations` makes it possible
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
    throw new Error('session: a ContextStore cannot find the sessions of a user; give a store');
  if (store && isVersioned(store)) return sessionsOf(current, userId, store);
  if (revocations) return sessionsOf(current, userId);
  const obstacle = store
    ? 'this store cannot tell whose a session is; MemoryStore can, and so can any VersionedStore'
    : 'sessions that live in cookies can be ended only with the option revocations';
  throw new Error(`session: ${obstacle}`);
}

/** @param index undefined where sessions live in cookies */
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
      // As `ctx.session = null` does, since the cookie has to go as well.
      if (isCurrent) current.set(null);
      if (isCurrent || !index) return isCurrent;
      return (await ask('others', () => index.destroyByUser(userId, { only: handle }))) > 0;
    },
    async endOthers() {
      // An id that is renewed after this is one of the others.
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
