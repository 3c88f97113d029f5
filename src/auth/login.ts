import { MAX_PASSWORD_BYTES, passwords as appPasswords } from './passwords.ts';
import type { Passwords } from './passwords.ts';
import { clientNetworks, type LoginThrottle } from './throttle.ts';
import { normalizeName } from './users.ts';
import type { User, Users } from './users.ts';

export type LoginResult =
  | { kind: 'ok'; user: User }
  /** The name or the password; which of them is nobody's business. */
  | { kind: 'wrong' }
  | { kind: 'throttled'; retryAfterSeconds: number };

export type PasswordChange =
  | { kind: 'ok' }
  /** The current password. */
  | { kind: 'wrong' }
  /** Why the new one is none, as a sentence for its owner. */
  | { kind: 'refused'; reason: string }
  | { kind: 'throttled'; retryAfterSeconds: number };

/** Characters (ASVS 5.0, 6.2.1 asks for 8 and recommends 15). */
export const MIN_PASSWORD_LENGTH = 15;

export interface Login {
  /**
   * Checks a name and a password, both as typed.
   *
   * @param ip where the attempt comes from; behind a proxy make sure that the client cannot choose it
   * @throws 503 if too many logins are being checked already
   */
  logIn(name: string, password: string, ip: string): Promise<LoginResult>;

  /**
   * Gives a user a new password, if the current one is right (ASVS 5.0, 6.2.3). The caller ends the user's other
   * sessions when the result is `ok` (7.4.3).
   *
   * @throws as `logIn` does
   */
  /** @param beforeStoring has to succeed before the new password is stored; what it throws is thrown on */
  changePassword(
    user: User,
    current: string,
    wanted: string,
    ip: string,
    beforeStoring?: () => Promise<void>,
  ): Promise<PasswordChange>;
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
  const decoy = passwords.decoyHash();

  /** A check that fails is no wrong password: it says nothing about it, and must lock nobody out. */
  async function checked<Result>(account: string, ip: string, check: () => Promise<Result>): Promise<Result> {
    try {
      return await check();
    } catch (error) {
      await throttle.takeBack(account, ip);
      throw error;
    }
  }

  return {
    async logIn(name, password, ip) {
      // Normalized first, or each spelling of a name would have attempts of its own.
      const account = normalizeName(name);
      const retryAfterSeconds = await throttle.attempt(account, ip);
      if (retryAfterSeconds > 0) return { kind: 'throttled', retryAfterSeconds };

      const user = await checked(account, ip, async () => {
        const found = await users.findByName(account);
        const right = await passwords.verify(password, found?.passwordHash ?? decoy, queueKey(ip));
        return right ? found : undefined;
      });
      if (user === undefined) return { kind: 'wrong' };

      await throttle.succeeded(account, ip);
      return { kind: 'ok', user };
    },

    async changePassword(user, current, wanted, ip, beforeStoring) {
      const reason = refusal(current, wanted);
      if (reason) return { kind: 'refused', reason };
      // Who finds a browser open must not guess the password here either.
      const account = normalizeName(user.name);
      const retryAfterSeconds = await throttle.attempt(account, ip);
      if (retryAfterSeconds > 0) return { kind: 'throttled', retryAfterSeconds };
      const right = await checked(account, ip, () =>
        passwords.verify(current, user.passwordHash, queueKey(ip)),
      );
      if (!right) return { kind: 'wrong' };
      await throttle.succeeded(account, ip);

      const hash = await passwords.hash(wanted, queueKey(ip));
      await beforeStoring?.();
      await users.changePassword(user.id, hash);
      return { kind: 'ok' };
    },
  };
}

/** For fair queueing: the widest network that one client may control. */
function queueKey(ip: string): string | undefined {
  return clientNetworks(ip)[0];
}

function refusal(current: string, wanted: string): string | undefined {
  if (wanted.length < MIN_PASSWORD_LENGTH) {
    return `Use at least ${MIN_PASSWORD_LENGTH} characters, for example a few words.`;
  }
  if (Buffer.byteLength(wanted) > MAX_PASSWORD_BYTES) return `Use at most ${MAX_PASSWORD_BYTES} bytes.`;
  return wanted === current ? 'Choose another password than the current one.' : undefined;
}
