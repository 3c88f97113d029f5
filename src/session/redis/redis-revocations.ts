import type { RevocableSession, Revocations } from '../core/store.ts';
import { handleOf } from '../core/session-id.ts';
import { RedisCommands, type RedisOptions, script, TRY } from './redis-commands.ts';
import { LUA_NUMBER_OF, MAX_TIME, numberOf, userKey } from './redis-text.ts';

/** The value stored for one revoked session. */
const ENDED = '1';

/**
 * The revocations of a user are kept for the longest time that any of them needs, or for the maximum if that is
 * unknown.
 *
 * ARGV: 1 time to live in ms; 2 the maximum.
 */
const KEEP = `
local function keep(text, isUnknown)
  local left = redis.call('PTTL', KEYS[1])
  if isUnknown or left == -1 then left = tonumber(ARGV[2]) end
  local ttl = math.max(tonumber(ARGV[1]), left)
  if ttl > 0 then redis.call('SET', KEYS[1], text, 'PX', string.format('%.0f', ttl)) end
end
`;

const REVOKE = script(`${KEEP}keep('${ENDED}')`);

/**
 * One line: a time up to which sessions are revoked, the handle of a spared session (or -), and the time up to which
 * that one is revoked (or -1). The first word is also the stamp of sessions that are created from now on, so each
 * revocation needs another word. If its time is not later, a decimal place makes it differ, which no session's time
 * has.
 */
const FORMAT = /^([\d.-]+) ([\w-]+) ([\d.-]+)$/;

const LUA_FORMAT = '^(%S+) ([%w_-]+) (%S+)$';

/**
 * Merges a revocation with the stored one; an unreadable one is replaced. The one with the later time decides which
 * session is spared. A call that spares a session with a stamp always counts as the later one.
 *
 * ARGV: 3 up to when, ms since 1970; 4 the handle of the spared session, or -; 5 true if that has a stamp.
 */
const REVOKE_USER = script(`${TRY}${LUA_NUMBER_OF}${KEEP}
local function later(word, time)
  local count = tonumber(string.match(word, '%.(%d+)') or 0) + 1
  return tonumber(time) > tonumber(word) and time or string.match(word, '^[^.]*') .. '.' .. count
end
local former = try('GET', KEYS[1])
local upTo, except, exceptUpTo = string.match(former or '', '${LUA_FORMAT}')
local isReadable = numberOf(upTo) and numberOf(exceptUpTo)
if not isReadable then upTo, except, exceptUpTo = '-1', '-', '-1' end
local isLater = ARGV[5] == 'true' or tonumber(ARGV[3]) > tonumber(upTo)
local spared = isLater and ARGV[4] or except
local reach = ARGV[4] == except and exceptUpTo or isLater and upTo or later(exceptUpTo, ARGV[3])
keep(later(upTo, ARGV[3]) .. ' ' .. spared .. ' ' .. reach, former ~= false and not isReadable)
`);

/**
 * Remembers ended sessions in Redis, for all processes of an app and across restarts. Each revocation is kept
 * until no cookie of its session can be valid any more. Ids and user ids are stored as hashes only: the keys are
 * `<prefix>ended:<handle>` and `<prefix>ended-of:<user>`.
 *
 * An unreadable value counts as a revocation, and `process` emits a `warning` that names its key. An unreadable value
 * of a user ends all sessions of that user until `revokeUser` replaces it.
 *
 * @throws {Error} from every method, when the server fails or does not answer in time
 * @example
 * app.use(session({ encrypt: true, absoluteMaxAge, revocations: new RedisRevocations({ client }) }, app));
 */
export class RedisRevocations implements Revocations {
  readonly #redis: RedisCommands;
  readonly #now: () => number;

  /**
   * @param options as for `RedisStore`; `now`: the clock of the sessions, in ms since 1970, for tests
   * @throws {TypeError} when `client` is missing, or `prefix`, `timeout` or `maxTtl` cannot be used
   */
  constructor({ now = Date.now, ...options }: RedisOptions & { now?: () => number }) {
    this.#redis = new RedisCommands('RedisRevocations', options);
    this.#now = now;
  }

  async revoke({ id }: RevocableSession, until: number): Promise<void> {
    await this.#redis.within(() => this.#redis.run(REVOKE, keyOf(id), this.#ttls(until)));
  }

  async revokeUser(userId: string, upTo: number, until: number, except?: string): Promise<void> {
    const spared = except === undefined ? '-' : handleOf(except);
    const args = [...this.#ttls(until), `${Math.min(upTo, MAX_TIME)}`, spared, `${except?.includes('~')}`];
    await this.#redis.within(() => this.#redis.run(REVOKE_USER, keyOfUser(userId), args));
  }

  /** The first word of what is stored for the user. */
  async stamp(userId: string | undefined): Promise<string> {
    if (userId === undefined) return '';
    const text = await this.#redis.within(() => this.#redis.get(keyOfUser(userId)));
    return FORMAT.exec(text ?? '')?.[1] ?? '';
  }

  async isRevoked({ id, createdAt, userId, stamp }: RevocableSession): Promise<boolean> {
    const keys = [keyOf(id), ...(userId === undefined ? [] : [keyOfUser(userId)])];
    const reading = this.#redis.within(() => Promise.all(keys.map((key) => this.#redis.get(key))));
    const [ended = null, ofUser = null] = await reading;
    // An unreadable value may have overwritten a revocation.
    if (ended !== null && ended !== ENDED) this.#redis.warn(keyOf(id), 'The session counts as ended.');
    if (ended !== null) return true;
    if (userId === undefined || ofUser === null) return false;
    const [, upTo, except, exceptUpTo] = FORMAT.exec(ofUser) ?? [];
    if (Number.isNaN(numberOf(upTo)) || Number.isNaN(numberOf(exceptUpTo))) {
      this.#redis.warn(keyOfUser(userId), "The user's sessions count as ended until the next revokeUser().");
      return true;
    }
    const word = handleOf(id) === except ? exceptUpTo : upTo;
    if (stamp === undefined || numberOf(word) === MAX_TIME) return createdAt <= numberOf(word);
    return word !== '-1' && stamp !== word;
  }

  /** @returns the requested and the maximum time to live, as {@link KEEP} needs them */
  #ttls(until: number): string[] {
    return [until - this.#now(), undefined].map((ttl) => String(this.#redis.ttlOf(ttl)));
  }
}

const keyOf = (id: string): string => `ended:${handleOf(id)}`;

const keyOfUser = (userId: string): string => `ended-of:${userKey(userId)}`;
