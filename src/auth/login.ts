import { decoyHash, passwords as appPasswords } from './passwords.ts';
import type { Passwords } from './passwords.ts';
import type { LoginThrottle } from './throttle.ts';
import { normalizeName } from './users.ts';
import type { User, Users } from './users.ts';

export type LoginResult =
  | { kind: 'ok'; user: User }
  /** The name or the password; which of them is nobody's business. */
  | { kind: 'wrong' }
  | { kind: 'throttled'; retryAfterSeconds: number };

export interface Login {
  /**
   * Checks a name and a password, both as typed.
   *
   * @param ip where the attempt comes from; behind a proxy make sure that the client cannot choose it
   * @throws 503 if too many logins are being checked already
   */
  logIn(name: string, password: string, ip: string): Promise<LoginResult>;
}

export interface LoginOptions {
  users: Users;
  throttle: LoginThrottle;
  /** @default the app's own */
  passwords?: Passwords;
}

/**
 * Password login that does not tell who has an account: an unknown name gets the same answer after the same work, since
 * its password is verified too, against a hash that no password has.
 *
 * The caller gives the session a new id (`regenerate`) when the result is `ok`.
 *
 * @see OWASP ASVS 5.0, V6.3.8 (no user enumeration by messages or response times)
 */
export function createLogin({ users, throttle, passwords = appPasswords }: LoginOptions): Login {
  const decoy = decoyHash();

  return {
    async logIn(name, password, ip) {
      // Normalized first, or each spelling of a name would have attempts of its own.
      const account = normalizeName(name);
      const retryAfterSeconds = await throttle.attempt(account, ip);
      if (retryAfterSeconds > 0) return { kind: 'throttled', retryAfterSeconds };

      const user = await users.findByName(account);
      const right = await passwords.verify(password, user?.passwordHash ?? decoy);
      if (user === undefined || !right) return { kind: 'wrong' };

      await throttle.succeeded(account, ip);
      return { kind: 'ok', user };
    },
  };
}
