import type { Life } from '../core/life.ts';
import { handleOf } from '../core/session-id.ts';
import type { StoredSession, Version } from '../core/store.ts';

/** The value under the key of a replaced id. */
export const REPLACED = 'replaced';

/** Marks an index that may be missing sessions. */
export const INCOMPLETE = 'incomplete';

/**
 * The prefix of a second index entry, of a session that counts against `maxOfUser`. The score of this entry is the end
 * of the session, negated. A server of the first edition may remove it.
 */
export const COUNTED = 'counted:';

/** The user of an anonymous session. */
export const NOBODY = '-';

/**
 * Redis keeps a session as text: one line of seven words, then the JSON of its data. The words are the number of the
 * format, the version (a nonce and the user), and the life: creation, end of the idle timeout, `maxAge`, and whether
 * that is the session's own. A hyphen stands for what is missing.
 *
 *     1 kq0PZb7xTf3mUo2c 2bd806c97f0e00af1a1fc3 1790000000000 1790086400000 86400000 0
 *     {"userId":"alice","views":3}
 */
const FORMAT = /^1 ([\w-]+ [\w-]+) ([\d.-]+) ([\d.-]+) ([\d.-]+|session) ([01])\n(?=\{)/;

/** The same for the scripts, as a pattern of Lua. It also captures the user and, last, where the data begins. */
export const LUA_FORMAT = '^1 ([%w_-]+ ([%w_-]+)) (%S+) (%S+) (%S+) ([01])\\n(){';

/** The largest number of ms that a `Date` holds (ECMA-262, 21.4.1.1). */
export const MAX_TIME = 8.64e15;

/** @returns NaN unless `word`, which has only digits, dots and hyphens, is a time that a `Date` can hold */
export function numberOf(word?: string): number {
  const number = Number(word);
  return Math.abs(number) <= MAX_TIME ? number : NaN;
}

/** The same for the scripts, with nil for NaN. The pattern is needed: `tonumber` also takes hex, blanks and `1e999`. */
export const LUA_NUMBER_OF = `
local function numberOf(word)
  local number = tonumber(string.match(word or '', '^[%d.-]+$'))
  if number and math.abs(number) <= ${MAX_TIME} then return number end
end
`;

export const toText = (
  version: Version,
  { createdAt, idleEndsAt, maxAge, hasOwnMaxAge }: Life,
  data: string,
): string =>
  `1 ${version} ${createdAt ?? '-'} ${idleEndsAt ?? '-'} ${maxAge ?? '-'} ${hasOwnMaxAge ? 1 : 0}\n${data}`;

/** Undefined when `text` was not written by {@link toText}. */
export function fromText(text: string): StoredSession | undefined {
  const [line, version = '', created, idleEnd, idleTimeout, own] = FORMAT.exec(text) ?? [];
  if (line === undefined) return undefined;
  const createdAt = toNumber(created);
  const idleEndsAt = toNumber(idleEnd);
  const maxAge = idleTimeout === 'session' ? 'session' : toNumber(idleTimeout);
  if ([createdAt, idleEndsAt, maxAge].some(Number.isNaN)) return undefined;
  const life: Life = { createdAt, idleEndsAt, maxAge, hasOwnMaxAge: own === '1' };
  return { data: text.slice(line.length), life, version };
}

const toNumber = (word?: string): number | undefined => (word === '-' ? undefined : numberOf(word));

/** The user that the session belonged to at this version. */
export const userOf = (version: Version): string =>
  String(version).slice(String(version).indexOf(' ') + 1) || NOBODY;

/** The name of a user in keys and sessions: 132 bits of the SHA-256 of the user id, which may be any text. */
export const userKey = (userId: string | undefined): string =>
  userId === undefined ? NOBODY : handleOf(userId).slice(0, 22);
