import { type Passwords, passwords as appPasswords } from './passwords.ts';

/** A person with an account. */
export interface User {
  /** Never changes and is never given to another; sessions refer to it. */
  id: string;
  /** What is typed at login, normalized ({@link normalizeName}). */
  name: string;
  /** What pages call them. */
  displayName: string;
  /** As `passwords.hash` makes it. Without it a login fails with an error that says so. */
  passwordHash: string;
}

/**
 * Where users come from. `src/users.ts` returns them, for example:
 *
 * ```ts
 * const select = 'select id, name, display_name as "displayName", password_hash as "passwordHash" from users';
 * const users: Users = {
 *   findByName: (name) => db.get(`${select} where name = ?`, normalizeName(name)),
 *   findById: (id) => db.get(`${select} where id = ?`, id),
 *   changePassword: (id, hash) => db.run('update users set password_hash = ? where id = ?', hash, id),
 * };
 * ```
 *
 * The first two answer undefined for nobody. All reject only if the search or the change itself fails.
 */
export interface Users {
  /** @param name as typed; upper case, spaces around it and forms of the same letter make no difference */
  findByName(name: string): Promise<User | undefined>;
  findById(id: string): Promise<User | undefined>;
  /** @param passwordHash as `passwords.hash` makes it */
  changePassword(id: string, passwordHash: string): Promise<void>;
  /** Nobody can log in, which the app says when it starts. @default false */
  isEmpty?: boolean;
  /** An account that the login page tells everybody. @default none */
  demo?: { name: string; password: string };
}

/** The account of {@link demoUsers}. Its password is public, so it only exists while the app `isLocal`. */
export const DEMO_ACCOUNT = {
  id: 'demo-ada',
  name: 'ada',
  displayName: 'Ada Lovelace',
  password: 'correct horse battery',
} as const;

/** In characters. NFKC takes n² steps for n combining marks. */
const MAX_NAME_LENGTH = 256;

/**
 * The form of a name by which it is stored and compared: NFKC, trimmed, lower case; empty for one of more than 256
 * characters, which nobody has.
 */
export function normalizeName(name: string): string {
  return name.length > MAX_NAME_LENGTH ? '' : name.normalize('NFKC').trim().toLowerCase();
}

/**
 * Users in memory, with {@link DEMO_ACCOUNT} as the only one. A new password is forgotten when the app ends.
 *
 * @param passwords makes the hash of the account's password; @default the app's own
 */
export function demoUsers(passwords: Passwords = appPasswords): Users {
  const { password, ...account } = DEMO_ACCOUNT;
  let ada = passwords.hash(password).then((passwordHash): User => ({ ...account, passwordHash }));
  return {
    demo: { name: account.name, password },
    findByName: async (name) => (normalizeName(name) === account.name ? ada : undefined),
    findById: async (id) => (id === account.id ? ada : undefined),
    changePassword: async (_id, passwordHash) => {
      ada = Promise.resolve({ ...account, passwordHash });
    },
  };
}

/** Nobody can log in: what production has until it is given users of its own. */
export function noUsers(): Users {
  return {
    isEmpty: true,
    findByName: async () => undefined,
    findById: async () => undefined,
    changePassword: async () => {},
  };
}
