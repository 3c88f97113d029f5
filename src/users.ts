import type { Passwords } from './auth/passwords.ts';
import { demoUsers, noUsers, type Users } from './auth/users.ts';

interface Surroundings {
  /** Whether only this machine can reach the app: see `isLocal`. */
  local: boolean;
  /** Makes the hash of the demo account's password. @default the app's own */
  passwords?: Passwords | undefined;
}

/**
 * The users of this app. Return your own: `Users` in `auth/users.ts` says what is needed, with an example. Tests use the
 * demo account, and not this function.
 */
export function appUsers({ local, passwords }: Surroundings): Users {
  return local ? demoUsers(passwords) : noUsers();
}
