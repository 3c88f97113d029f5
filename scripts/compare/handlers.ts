import { Failure } from './case.ts';
import type { App, Handler, Visitor } from './app.ts';
import { NotApplicable, type Visit } from './adapter.ts';

/** Logs a user in as the middleware would have it done: with a new id, if it can give one. */
export function login(user: string): Handler {
  return async ({ session }) => {
    session.set('before', true);
    try {
      await session.regenerate?.();
    } catch (error) {
      if (!(error instanceof NotApplicable)) throw error;
    }
    session.set('userId', user);
  };
}

export const logout: Handler = async ({ session }) => {
  await session.destroy();
};

/** Who is logged in. */
export const userOf: Handler = ({ session }) => session.get('userId');

/**
 * Ann, who has logged in. @throws {Failure} when no other page knows of it: what must not happen with her session does not
 * happen without one either
 */
export async function loggedIn(app: App): Promise<Visitor> {
  const ann = app.visitor();
  await ann.get(login('ann'));
  const { result } = await app.visitor().get(userOf, { cookie: ann.jar.header() });
  if (result !== 'ann') throw new Failure('she is not logged in by the login');
  return ann;
}

/** A page that does not care for sessions. */
export const plainPage: Handler = () => 'a page';

/** Sets a key. */
export function setting(key: string, value: unknown): Handler {
  return ({ session }) => session.set(key, value);
}

/** Reads a key. */
export function getting(key: string): Handler {
  return ({ session }) => session.get(key);
}

/** Counts this visit. */
export function count({ session }: Visit): number {
  const views = Number(session.get('views') ?? 0) + 1;
  session.set('views', views);
  return views;
}
