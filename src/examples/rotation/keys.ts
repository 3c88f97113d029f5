import { hash, randomBytes } from 'node:crypto';

/** How many keys open cookies: the newest, and those that sealed the cookies which are still about. */
const MOST_KEYS = 3;

/** The keys of this example's sessions, the newest first. The session middleware reads the list at each request. */
export const rotationKeys: string[] = [freshKey()];

/** Puts a fresh key first and drops the oldest. */
export function rotateKeys(): void {
  rotationKeys.unshift(freshKey());
  rotationKeys.splice(MOST_KEYS);
}

/** Names the newest key without giving it away: the beginning of its SHA-256. */
export function newestKeyLabel(): string {
  return hash('sha256', rotationKeys[0] ?? '', 'hex').slice(0, 8);
}

function freshKey(): string {
  return randomBytes(32).toString('base64url');
}
