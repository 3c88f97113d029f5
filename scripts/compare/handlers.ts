import type { Handler } from './app.ts';
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
