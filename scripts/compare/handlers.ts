import type { Visit } from './adapter.ts';
import { NotApplicable } from './outcome.ts';

/** A page of an app. What it returns is sent. */
export type Handler = (visit: Visit) => unknown;

/** Logs a user in as every library advises: with a new id, if the library can give one. */
export function login(user: string): Handler {
  return async ({ session }) => {
    session.set('before', true);
    try {
      await session.regenerate();
    } catch (error) {
      if (!(error instanceof NotApplicable)) throw error;
    }
    session.set('userId', user);
  };
}

export const logout: Handler = async ({ session }) => {
  await session.destroy();
};

/** A page that does not touch the session. */
export const plainPage: Handler = () => 'a page';

export function setting(key: string, value: unknown): Handler {
  return ({ session }) => session.set(key, value);
}

export function getting(key: string): Handler {
  return ({ session }) => session.get(key);
}

/** The user that is logged in. */
export const userPage = getting('userId');

/** Counts this visit. */
export const count: Handler = ({ session }) => {
  const views = Number(session.get('views') ?? 0) + 1;
  session.set('views', views);
  return views;
};
