import type { Login } from '../auth/login.ts';
import type { Users } from '../auth/users.ts';
import type { StorageName } from '../storages.ts';

/** What pages may use of the app. */
export interface Services {
  production: boolean;
  /** Developer features may be shown: see `isLocal`. */
  local: boolean;
  users: Users;
  login: Login;
  /** The full name of a cookie: see `cookieNames`. */
  cookieName: (name: string) => string;
  /** The clock, ms since 1970. */
  now: () => number;
}

/** Where routes are mounted. */
export interface Mounting {
  /** Where their sessions live. */
  storage: StorageName;
  /** What their paths begin with, e.g. '/memory'; '' when nothing comes before. */
  base: string;
  services: Services;
}
