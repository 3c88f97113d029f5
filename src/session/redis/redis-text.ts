import type { Life } from '../core/life.ts';
import { handleOf } from '../core/session-id.ts';
import type { StoredSession, Version } from '../core/store.ts';

/** What a Redis server keeps of an id that was replaced. */
export const REPLACED = 'replaced';

/** Marks an index that may be missing sessions. */
export const INCOMPLETE = 'incomplete';

/**
 * Before the handle of a session in an index: a second entry, of those that count against `maxOfUser`. Its score is the
 * end of the session with the sign turned. A server of the first edition may remove it.
 */
export const COUNTED = 'counted:';

/** In the place of what is not known or does not apply. */
export const NOBODY = '-';

/**
 * A session is kept as text: one line of seven words, then the JSON of its data as it is. The words are the number of
 * the format, the version (a nonce and the user), and the life: created, end of the idle timeout, `maxAge`, own or
 * configured.
 *
 *     1 kq0PZb7xTf3mUo2c 2bd806c97f0e00af1a1fc3 1790000000000 1790086400000 86400000 0
 *     {"userId":"alice","views":3}
 */
const FORMAT = /^1 ([\w-]+ [\w-]+) ([\d.-]+) ([\d.-]+) ([\d.-]+|session) ([01])\n(?=\{)/;

/** The same for the scripts, which run in Redis' Lua. The user is captured too, and last where the data begins. */
export const LUA_FORMAT = '^1 ([%w_-]+ ([%w_-]+)) (%S+) (%S+) (%S+) ([01])\\n(){';

/** The largest number of ms that a `Date` holds (ECMA-262, 21.4.1.1). */
export const MAX_TIME = 8.64e15;

/** @returns NaN unless `word`, which has only digits, dots and hyphens, is a time that a date can hold */
export function numberOf(word?: string): number {
  const number = Number(word);
  return Math.abs(number) <= MAX_TIME ? number : NaN;
}

/** The same for the scripts, with nil for NaN: `tonumber` takes hex, blanks and `1e999` too. */
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

/** To which user the session belonged at the version. */
export const userOf = (version: Version): string =>
  String(version).slice(String(version).indexOf(' ') + 1) || NOBODY;

/** The name of a user in keys and sessions: 132 bits of the SHA-256 of the user id, which may be any text. */
export const userKey = (userId: string | undefined): string =>
  userId === undefined ? NOBODY : handleOf(userId).slice(0, 22);
