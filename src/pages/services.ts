import type { Login } from '../auth/login.ts';
import type { Users } from '../auth/users.ts';
import type { Storage } from '../storages/storage.ts';

/** The parts of the app that pages may use. */
export interface Services {
  production: boolean;
  /** Whether developer features may be shown: see `isLocal`. */
  local: boolean;
  users: Users;
  login: Login;
  /** Where the app's sessions live. */
  storage: Storage;
  /** The full name of a cookie: see `cookieNames`. */
  cookieName: (name: string) => string;
  /** The clock, ms since 1970. */
  now: () => number;
}
