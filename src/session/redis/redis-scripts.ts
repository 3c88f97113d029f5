import { script, TRY } from './redis-commands.ts';
import { INCOMPLETE, LUA_FORMAT, LUA_NUMBER_OF, REPLACED } from './redis-text.ts';

/**
 * What every write begins with. Answers 0 when there is no session, and the session when it is at another version.
 * What is of another type, or another text, is not ours: there is no session then.
 *
 * KEYS: the session. ARGV: 1 the version, or * for any.
 */
const FIND = `${TRY}${LUA_NUMBER_OF}
local text = try('GET', KEYS[1]) or ''
local nonce, user, created, idle, maxAge, own, at = string.match(text, '${LUA_FORMAT}')
if not nonce then return 0 end
for _, word in ipairs({created, idle, maxAge == 'session' and '-' or maxAge}) do
  if word ~= '-' and not numberOf(word) then return 0 end
end
if ARGV[1] ~= '*' and ARGV[1] ~= nonce .. ' ' .. user then return text end
`;

/** As `outlasts` in life.ts. `life` is the given one, as text. A key without a time to live gets the new one. */
const OUTLASTS = `
local function outlasts(life)
  local givenIdle, givenMaxAge = string.match(life, '^%S+ (%S+) (%S+)')
  return maxAge == givenMaxAge and (tonumber(idle) or 0) > (tonumber(givenIdle) or math.huge)
    and redis.call('PTTL', KEYS[1]) > 0
end
local function keep(text, ttl)
  if tonumber(ttl) > 0 then redis.call('SET', KEYS[1], text, 'PX', ttl) else redis.call('DEL', KEYS[1]) end
end
`;

/**
 * Keeps a new session. An id that is known as replaced is not taken, which is why `SET … NX` will not do. Answers 1, or 0
 * when it is taken. A client that sends it again, having lost the answer, finds what it has written itself.
 *
 * ARGV: 1 the session, 2 its time to live in ms.
 */
export const CREATE = script(`${TRY}
local found = try('GET', KEYS[1])
if found ~= false and found ~= '${REPLACED}' and found ~= ARGV[1] then return 0 end
if tonumber(ARGV[2]) > 0 then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return 1
`);

/**
 * ARGV: 2 time to live in ms, 3 the new version's nonce, 4 user, 5 life, 6 data. Answers 1 when it was written, or
 * when it keeps a longer life a list of what is left of that, in ms.
 */
export const UPDATE = script(`${FIND}${OUTLASTS}
local head = '1 ' .. ARGV[3] .. ' ' .. ARGV[4] .. ' '
if outlasts(ARGV[5]) then
  local life = created .. ' ' .. idle .. ' ' .. maxAge .. ' ' .. own
  redis.call('SET', KEYS[1], head .. life .. '\\n' .. ARGV[6], 'KEEPTTL')
  return {redis.call('PTTL', KEYS[1])}
end
keep(head .. ARGV[5] .. '\\n' .. ARGV[6], ARGV[2])
return 1
`);

/** ARGV: 2 time to live in ms, 3 life. Answers 1 when it was extended, or needed not to be. */
export const TOUCH = script(`${FIND}${OUTLASTS}
if not outlasts(ARGV[3]) then
  keep('1 ' .. nonce .. ' ' .. user .. ' ' .. ARGV[3] .. '\\n' .. string.sub(text, at), ARGV[2])
end
return 1
`);

/**
 * ARGV: 2 how long in ms it is to be known as replaced, or 0; 3 whose it must be, or * for anybody's. Answers a list of
 * the user whose it was when it was destroyed.
 */
export const DESTROY = script(`${FIND}
if ARGV[3] ~= '*' and ARGV[3] ~= user then return 0 end
local isKnown = ARGV[2] ~= '0' and not redis.pcall('SET', KEYS[1], '${REPLACED}', 'PX', ARGV[2]).err
-- A server that is out of memory remembers nothing more, but it can forget.
if not isKnown then redis.call('DEL', KEYS[1]) end
return {user}
`);

/**
 * Puts a session into the index of its user, and the index itself ends with its last entry. Entries of sessions whose
 * time is over go at the same time. The clock is the server's. The first command is the one that needs memory: a server
 * that has none left refuses a script only until that has written something.
 *
 * An index of another type is replaced, or this user could not log in. The sessions that it listed are lost, so
 * {@link INCOMPLETE} marks the new index for as long as the entry stays. Returns 0 then, else 1.
 *
 * KEYS: the index. ARGV: 1 the session, 2 how long its entry stays in ms.
 */
export const INDEX = script(`${TRY}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local isReadable = try('ZADD', KEYS[1], 'GT', now + ARGV[2], ARGV[1])
if not isReadable then
  redis.call('DEL', KEYS[1])
  redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1], now + ARGV[2], '${INCOMPLETE}')
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local last = tonumber(redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2])
-- PEXPIREAT takes a finite integer, and a score may be neither.
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', math.min(last, 2 ^ 53)))
return isReadable and 1 or 0
`);
