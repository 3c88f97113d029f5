import type { RevocableSession, Revocations } from './revocations.ts';
import { handleOf } from './session-id.ts';
import { RedisCommands, type RedisOptions, script } from './stores/redis-commands.ts';
import { tagOf } from './stores/redis-text.ts';

/** How long the revocations of a user are to be kept is the longest that any of them asks for. */
const KEEP = `
local function keep(text)
  local ttl = math.max(tonumber(ARGV[1]), redis.call('PTTL', KEYS[1]))
  if ttl > 0 then redis.call('SET', KEYS[1], text, 'PX', string.format('%.0f', ttl)) end
end
`;

/** ARGV: 1 for how long, in ms. */
const REVOKE = script(`${KEEP}
keep('1')
return 1
`);

/**
 * Kept is one line: up to when sessions were created that are ended, the handle of one that goes on (or -), and up to when
 * that one is ended all the same. Two of them are laid together so that each ends what it did.
 *
 * ARGV: 1 for how long, in ms; 2 up to when, ms since 1970; 3 the handle of the one that goes on, or -.
 */
const REVOKE_USER = script(`${KEEP}
local former = redis.call('GET', KEYS[1])
if not former then
  keep(ARGV[2] .. ' ' .. ARGV[3] .. ' -1')
  return 1
end
local upTo, except, exceptUpTo = string.match(former, '^(%S+) (%S+) (%S+)$')
local function reach(handle, upTo, except, exceptUpTo)
  if handle == except then return exceptUpTo end
  return upTo
end
local old = {tonumber(upTo), except, tonumber(exceptUpTo)}
local new = {tonumber(ARGV[2]), ARGV[3], -1}
local later, earlier = old, new
if new[1] > old[1] then later, earlier = new, old end
local spared = later[2]
local sparedUpTo = math.max(later[3], reach(spared, unpack(earlier)))
if spared == '-' then sparedUpTo = -1 end
keep(string.format('%.17g %s %.17g', later[1], spared, sparedUpTo))
return 1
`);

/**
 * Remembers ended sessions in Redis, for all processes of an app and across restarts. Each revocation stays until no
 * cookie of its session can be good any more. Of ids and user ids there are only hashes.
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
   * @throws {TypeError} when `client` is none, or `prefix`, `timeout` or `maxTtl` cannot be used
   */
  constructor({ now = Date.now, ...options }: RedisOptions & { now?: () => number }) {
    this.#redis = new RedisCommands('RedisRevocations', options);
    this.#now = now;
  }

  async revoke({ id }: RevocableSession, until: number): Promise<void> {
    await this.#redis.within(() => this.#redis.run(REVOKE, keyOf(id), [this.#ttl(until)]));
  }

  async revokeUser(userId: string, upTo: number, until: number, except?: string): Promise<void> {
    const spared = except === undefined ? '-' : handleOf(except);
    const args = [this.#ttl(until), String(Math.min(upTo, Number.MAX_SAFE_INTEGER)), spared];
    await this.#redis.within(() => this.#redis.run(REVOKE_USER, keyOfUser(userId), args));
  }

  async isRevoked({ id, createdAt, userId }: RevocableSession): Promise<boolean> {
    const [ended, ofUser] = await this.#redis.within(() =>
      Promise.all([
        this.#redis.get(keyOf(id)),
        userId === undefined ? null : this.#redis.get(keyOfUser(userId)),
      ]),
    );
    // What is there and is not ours may have taken the place of a revocation.
    if (ended !== null || ofUser === undefined) return true;
    if (ofUser === null) return false;
    const [upTo = '', except, exceptUpTo = ''] = ofUser.split(' ');
    return createdAt <= Number(handleOf(id) === except ? exceptUpTo : upTo);
  }

  #ttl(until: number): string {
    return String(this.#redis.ttlOf(until - this.#now()));
  }
}

function keyOf(id: string): string {
  return `ended:${handleOf(id)}`;
}

function keyOfUser(userId: string): string {
  return `ended-of:${tagOf(userId)}`;
}
