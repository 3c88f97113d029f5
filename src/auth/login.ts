import { MAX_PASSWORD_BYTES, PasswordHashError, passwords as appPasswords } from './passwords.ts';
import { clientNetworks, type LoginThrottle } from './throttle.ts';
import { normalizeName, type User, type Users } from './users.ts';

export type LoginResult =
  | { kind: 'ok'; user: User }
  /** The name or the password is wrong; which one must not be disclosed. */
  | { kind: 'wrong' }
  | { kind: 'throttled'; retryAfterSeconds: number };

export type PasswordChange =
  | { kind: 'ok' }
  /** `wrong` means the current password. */
  | Exclude<LoginResult, { kind: 'ok' }>
  /** Why the new password is not accepted, as a sentence for the user. */
  | { kind: 'refused'; reason: string };

/** Characters (ASVS 5.0, 6.2.1 asks for 8 and recommends 15). */
export const MIN_PASSWORD_LENGTH = 15;

export type Login = ReturnType<typeof createLogin>;

interface LoginOptions {
  users: Users;
  throttle: LoginThrottle;
  /** @default the app's own */
  passwords?: typeof appPasswords | undefined;
}

/**
 * Password login that does not reveal who has an account. With an unknown name the password is verified against a decoy
 * hash, so the answer and the time it takes are the same.
 *
 * The caller gives the session a new id (`regenerate`) when the result is `ok`.
 *
 * @see OWASP ASVS 5.0, V6.3.8 (no user enumeration by messages or response times)
 */
export function createLogin({ users, throttle, passwords = appPasswords }: LoginOptions) {
  const decoy = passwords.decoyHash();

  /** @param known the user, if the name need not be looked up */
  async function attempt(name: string, password: string, ip: string, known?: User): Promise<LoginResult> {
    // Normalized first: otherwise each spelling of a name would have its own limit.
    const account = normalizeName(name);
    const retryAfterSeconds = await throttle.attempt(account, ip);
    if (retryAfterSeconds > 0) return { kind: 'throttled', retryAfterSeconds };

    let user = known;
    let right: boolean;
    try {
      user ??= await users.findByName(account);
      right = await passwords.verify(password, user ? user.passwordHash : decoy, queueKey(ip));
    } catch (error) {
      // The password was not checked, so the attempt must not count.
      await throttle.takeBack(account, ip);
      throw user && error instanceof PasswordHashError ? unusableHash(user, error) : error;
    }
    if (!user || !right) return { kind: 'wrong' };

    await throttle.succeeded(account, ip);
    return { kind: 'ok', user };
  }

  return {
    /**
     * Checks a name and a password, both as typed.
     *
     * @param ip where the attempt comes from; behind a proxy make sure that the client cannot choose it
     * @throws 503 if too many logins are being checked already
     * @throws Error if the user has no `passwordHash` that can be checked
     */
    logIn: (name: string, password: string, ip: string): Promise<LoginResult> => attempt(name, password, ip),

    /**
     * Gives a user a new password, if the current one is right (ASVS 5.0, 6.2.3). The caller ends the user's other
     * sessions when the result is `ok` (7.4.3).
     *
     * @param beforeStoring runs before the new password is stored; if it throws, the password stays
     * @throws as `logIn` does
     */
    async changePassword(
      user: User,
      current: string,
      wanted: string,
      ip: string,
      beforeStoring?: () => Promise<void>,
    ): Promise<PasswordChange> {
      const reason = refusal(current, wanted);
      if (reason) return { kind: 'refused', reason };
      // Guesses count here too: an attacker may be at a browser that was left logged in.
      const result = await attempt(user.name, current, ip, user);
      if (result.kind !== 'ok') return result;

      const hash = await passwords.hash(wanted, queueKey(ip));
      await beforeStoring?.();
      await users.changePassword(user.id, hash);
      return { kind: 'ok' };
    },
  };
}

function unusableHash({ id }: User, cause: PasswordHashError): Error {
  const message =
    `passwordHash of user ${id} is ${cause.found}: findByName and findById must return it as passwords.hash made it; ` +
    'a column password_hash needs `as "passwordHash"`';
  return new Error(message, { cause });
}

/** For a fair queue: the widest network that one client may control. */
function queueKey(ip: string): string | undefined {
  return clientNetworks(ip)[0];
}

function refusal(current: string, wanted: string): string | undefined {
  if (wanted.length < MIN_PASSWORD_LENGTH)
    return `Use at least ${MIN_PASSWORD_LENGTH} characters, for example a few words.`;
  if (Buffer.byteLength(wanted) > MAX_PASSWORD_BYTES) return `Shorten it to ${MAX_PASSWORD_BYTES} bytes.`;
  return wanted === current ? 'Choose a password other than the current one.' : undefined;
}
