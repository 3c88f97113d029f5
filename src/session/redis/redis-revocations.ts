import type { RevocableSession, Revocations } from '../core/store.ts';
import { handleOf } from '../core/session-id.ts';
import { RedisCommands, type RedisOptions, script, TRY } from './redis-commands.ts';
import { LUA_NUMBER_OF, MAX_TIME, numberOf, userKey } from './redis-text.ts';

/** The value stored for one revoked session. */
const ENDED = '1';

/**
 * The revocations of a user are kept for the longest time that any of them needs, or for the maximum if that is unknown.
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
 * One line: a time up to which sessions are revoked, the handle of a spared session (or -), and the time up to which that
 * one is revoked.
 */
const FORMAT = /^(\S+) ([\w-]+) (\S+)$/;

const LUA_FORMAT = '^(%S+) ([%w_-]+) (%S+)$';

/**
 * Merges a revocation with the stored one; an unreadable one is replaced.
 *
 * ARGV: 3 up to when, ms since 1970; 4 the handle of the one that goes on, or -.
 */
const REVOKE_USER = script(`${TRY}${LUA_NUMBER_OF}${KEEP}
local former = try('GET', KEYS[1])
local upTo, except, exceptUpTo = string.match(former or '', '${LUA_FORMAT}')
local isReadable = numberOf(upTo) and numberOf(exceptUpTo)
local given = {ARGV[3], ARGV[4], '-1'}
local later, earlier = isReadable and {upTo, except, exceptUpTo} or given, given
if tonumber(earlier[1]) > tonumber(later[1]) then later, earlier = earlier, later end
local sparedUpTo = later[3]
local reach = later[2] == earlier[2] and earlier[3] or earlier[1]
if later[2] == '-' then sparedUpTo = '-1' elseif tonumber(reach) > tonumber(sparedUpTo) then sparedUpTo = reach end
keep(later[1] .. ' ' .. later[2] .. ' ' .. sparedUpTo, former ~= false and not isReadable)
`);

/**
 * Remembers ended sessions in Redis, for all processes of an app and across restarts. Each revocation is kept
 * until no cookie of its session can be valid any more. Ids and user ids are stored as hashes only: the keys are
 * `<prefix>ended:<handle>` and `<prefix>ended-of:<user>`.
 *
 * A value that cannot be read counts as a revocation. For a user it ends all sessions until `revokeUser` replaces it.
 * `process` emits a `warning` with its key.
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
    const args = [...this.#ttls(until), String(Math.min(upTo, MAX_TIME)), spared];
    await this.#redis.within(() => this.#redis.run(REVOKE_USER, keyOfUser(userId), args));
  }

  async isRevoked({ id, createdAt, userId }: RevocableSession): Promise<boolean> {
    const keys = [keyOf(id), ...(userId === undefined ? [] : [keyOfUser(userId)])];
    const [ended = null, ofUser = null] = await this.#redis.within(() =>
      Promise.all(keys.map((key) => this.#redis.get(key))),
    );
    // An unreadable value may have overwritten a revocation.
    if (ended !== null) {
      if (ended !== ENDED) this.#redis.warn(keyOf(id), 'The session counts as ended.');
      return true;
    }
    if (userId === undefined || ofUser === null) return false;
    const [, upTo, except, exceptUpTo] = FORMAT.exec(ofUser) ?? [];
    const [reach, sparedReach] = [numberOf(upTo), numberOf(exceptUpTo)];
    if (Number.isNaN(reach) || Number.isNaN(sparedReach)) {
      this.#redis.warn(keyOfUser(userId), "The user's sessions count as ended until the next revokeUser().");
      return true;
    }
    return createdAt <= (handleOf(id) === except ? sparedReach : reach);
  }

  /** @returns the requested and the maximum time to live, as {@link KEEP} needs them */
  #ttls(until: number): string[] {
    return [until - this.#now(), undefined].map((ttl) => String(this.#redis.ttlOf(ttl)));
  }
}

function keyOf(id: string): string {
  return `ended:${handleOf(id)}`;
}

function keyOfUser(userId: string): string {
  return `ended-of:${userKey(userId)}`;
}
