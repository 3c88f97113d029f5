import { type Passwords, passwords as appPasswords } from './passwords.ts';

/** A person with an account. */
export interface User {
  /** Never changes and is never given to another user; sessions refer to it. */
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
 * The first two return undefined if there is no such user. All reject only if the database fails.
 */
export interface Users {
  /** @param name as typed; upper case, spaces around it and variants of a letter make no difference */
  findByName(name: string): Promise<User | undefined>;
  findById(id: string): Promise<User | undefined>;
  /** @param passwordHash as `passwords.hash` makes it */
  changePassword(id: string, passwordHash: string): Promise<void>;
  /** There are no users, so the app warns at startup that nobody can log in. @default false */
  isEmpty?: boolean;
  /** An account that the login page shows to everybody, with its password. @default none */
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
 * The form in which a name is stored and compared: NFKC, trimmed, lower case. A name of more than 256 characters becomes
 * '', which no user has.
 */
export function normalizeName(name: string): string {
  return name.length > MAX_NAME_LENGTH ? '' : name.normalize('NFKC').trim().toLowerCase();
}

/**
 * Users in memory, with {@link DEMO_ACCOUNT} as the only one. A new password is lost when the app ends.
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

/** No users: the default in production, until `src/users.ts` returns others. */
export function noUsers(): Users {
  return {
    isEmpty: true,
    findByName: async () => undefined,
    findById: async () => undefined,
    changePassword: async () => {},
  };
}
