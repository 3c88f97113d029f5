import { script, TRY } from './redis-commands.ts';
import { COUNTED, INCOMPLETE, LUA_FORMAT, LUA_NUMBER_OF, REPLACED } from './redis-text.ts';

/**
 * The beginning of every write to an existing session. Returns 0 if there is none, and the session if it is not the
 * expected one. A value of another type or format counts as no session, since this store has not written it.
 *
 * KEYS: the session. ARGV: 2 which session is expected: `=` and the version, or the user, or `*` for any.
 */
const FIND = `${TRY}${LUA_NUMBER_OF}
local text = try('GET', KEYS[1]) or ''
local version, user, created, idle, maxAge, own, at = string.match(text, '${LUA_FORMAT}')
if not version then return 0 end
for _, word in ipairs({created, idle, maxAge == 'session' and '-' or maxAge}) do
  if word ~= '-' and not numberOf(word) then return 0 end
end
if ARGV[2] ~= '=' .. version and ARGV[2] ~= user and ARGV[2] ~= '*' then return text end
`;

/**
 * Compares the stored life with the given one, as `outlasts` in life.ts does. A longer stored life is kept: `left` is
 * then the rest of it in ms, else 0 or less. A key without a time to live gets the new one.
 *
 * ARGV: 1 time to live in ms, 3 the session.
 */
const COMPARE = `
local given, givenIdle, givenMaxAge, rest = string.match(ARGV[3], '^(%S+ %S+ %S+) %S+ (%S+) (%S+) %S+()')
local outlasts = maxAge == givenMaxAge and (tonumber(idle) or 0) > (tonumber(givenIdle) or math.huge)
local left = outlasts and redis.call('PTTL', KEYS[1]) or 0
local function keep(text)
  if left > 0 then redis.call('SET', KEYS[1], text, 'KEEPTTL')
  elseif tonumber(ARGV[1]) > 0 then redis.call('SET', KEYS[1], text, 'PX', ARGV[1])
  else redis.call('DEL', KEYS[1]) end
end
`;

/**
 * Stores a new session and returns 1, or returns 0 if the id is taken. `SET … NX` cannot be used: a replaced id has a
 * key but is free. A client that lost the answer and sends the command again finds its own session, and gets 1.
 *
 * ARGV: 1 time to live in ms, 2 not used, 3 the session.
 */
export const CREATE = script(`${TRY}
local found = try('GET', KEYS[1])
if found ~= false and found ~= '${REPLACED}' and found ~= ARGV[3] then return 0 end
if tonumber(ARGV[1]) > 0 then redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[1]) end
return 1
`);

/**
 * ARGV: 1 time to live in ms, 2 expected version, 3 the session with its new version. Returns 1 or, if a longer stored
 * life was kept, a list with the rest of it in ms.
 */
export const UPDATE = script(`${FIND}${COMPARE}
if left <= 0 then keep(ARGV[3])
else keep(table.concat({given, created, idle, maxAge, own}, ' ') .. string.sub(ARGV[3], rest)) end
return left > 0 and {left} or 1
`);

/** ARGV: as for {@link UPDATE}, without data. Returns 1, also if the stored life is longer. */
export const TOUCH = script(`${FIND}${COMPARE}
if left <= 0 then keep(ARGV[3] .. string.sub(text, at)) end
return 1
`);

/**
 * The key that holds the handle and user of the session that a renewed id leads to. It is a separate key, since servers
 * of the first edition read that of the id. In a cluster the braces keep both on one node. A handle has 43 characters.
 */
const LEADS = "string.sub(KEYS[1], 1, -44) .. 'lead:{' .. KEYS[1] .. '}'";

/**
 * ARGV: 1 for how many ms the id reads as replaced, or 0; 2 which session is expected; 3 the session that the id then
 * leads to, or nothing; 4 for how many ms. Returns a list with the user of the destroyed session. If the id was renewed
 * before by the expected user, it no longer leads anywhere. A server without memory deletes the session, but cannot
 * remember its id.
 */
export const DESTROY = script(`
local lead = redis.pcall('GET', ${LEADS})
if type(lead) == 'string' and string.match(lead, ' (%S+)$') == ARGV[2] then redis.call('DEL', ${LEADS}) end
${FIND}
local isKnown = ARGV[1] ~= '0' and not redis.pcall('SET', KEYS[1], '${REPLACED}', 'PX', ARGV[1]).err
if not isKnown then redis.call('DEL', KEYS[1]) end
if isKnown and ARGV[3] then redis.pcall('SET', ${LEADS}, ARGV[3], 'PX', ARGV[4]) end
return {user}
`);

/**
 * How many times as long as its session an index entry is kept. An entry without a session does no harm; a session
 * without an entry would survive a logout everywhere.
 */
const SLACK = 2;

/** Returns the handle of the session that a renewed id leads to and the user it must belong to, or an empty list. */
export const LEAD = script(`${TRY}
local handle, user = string.match(try('GET', ${LEADS}) or '', '^(%S+) (%S+)$')
return {handle, user}
`);

/**
 * Adds a session to the index of its user, and removes expired entries; the index expires with its last entry. The
 * clock is the server's. The first command is the one that needs memory: a server without memory refuses a script only
 * before the script's first write.
 *
 * An index of another type is replaced, or this user could not log in. The sessions that it listed are lost, so
 * {@link INCOMPLETE} marks the new index for as long as the entry stays. Returns 0 in this case, else 1 or a list of
 * the sessions to end.
 *
 * {@link COUNTED} entries have negative scores, so they come first: the session that ends last is the first of them.
 * With a limit the session is counted, and of the others the `limit - 1` that end last stay. The rest is returned, and
 * no longer counted, so that only one login ends each of them.
 *
 * PEXPIREAT takes a finite integer, and a score may be neither.
 *
 * KEYS: the index. ARGV: 1 the session, 2 its time to live in ms, 3 the limit, or ''.
 */
export const INDEX = script(`${TRY}
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local stays, counted, excess = math.floor(now) + ARGV[2] * ${SLACK}, '${COUNTED}' .. ARGV[1], {}
local isReadable = try('ZADD', KEYS[1], 'GT', stays, ARGV[1])
if not isReadable then
  redis.call('DEL', KEYS[1])
  redis.call('ZADD', KEYS[1], stays, ARGV[1], stays, '${INCOMPLETE}')
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], -now, now)
if ARGV[3] ~= '' then
  redis.call('ZREM', KEYS[1], counted)
  local others = redis.call('ZCOUNT', KEYS[1], '-inf', '(0')
  if others >= (tonumber(ARGV[3]) or math.huge) then
    excess = redis.call('ZRANGE', KEYS[1], ARGV[3] - 1, others - 1)
    redis.call('ZREMRANGEBYRANK', KEYS[1], ARGV[3] - 1, others - 1)
    for nth, one in ipairs(excess) do excess[nth] = string.sub(one, ${COUNTED.length + 1}) end
  end
end
redis.call('ZADD', KEYS[1], ARGV[3] == '' and 'XX' or 'LT', 'LT', -now - ARGV[2], counted)
local last = tonumber(redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2])
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', math.min(last, 2 ^ 53)))
return excess[1] and excess or isReadable and 1 or 0
`);
