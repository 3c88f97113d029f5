import { script, TRY } from './redis-commands.ts';
import { COUNTED, INCOMPLETE, LUA_FORMAT, LUA_NUMBER_OF, REPLACED } from './redis-text.ts';

/**
 * The beginning of every write to a session that exists. Answers 0 when there is none, and the session when it is not
 * the expected one. A value of another type or format was not written by us: then there is no session.
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
 * Compares the stored life with the given one, as `outlasts` in life.ts does. If the stored one is longer, it is kept:
 * `left` is then what is left of it in ms, else at most 0. A key without a time to live gets the new one.
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
 * Stores a new session. `SET … NX` will not do: a replaced id is a key too, and is not taken. Answers 1, or 0 when the id
 * is taken. A client that lost the answer and sends the command again finds the session that it wrote itself.
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
 * ARGV: 1 time to live in ms, 2 expected version, 3 the session with its new version. Answers 1 when it was written, or
 * a list of what is left of the stored life in ms when that is longer and was kept.
 */
export const UPDATE = script(`${FIND}${COMPARE}
if left <= 0 then keep(ARGV[3])
else keep(table.concat({given, created, idle, maxAge, own}, ' ') .. string.sub(ARGV[3], rest)) end
return left > 0 and {left} or 1
`);

/** ARGV: as for {@link UPDATE}, without data. Answers 1 when it was extended, or needed not to be. */
export const TOUCH = script(`${FIND}${COMPARE}
if left <= 0 then keep(ARGV[3] .. string.sub(text, at)) end
return 1
`);

/**
 * Where it stands to which session a renewed id leads: its handle and its user. A key of its own, since servers of the
 * first edition read that of the session. In a cluster the braces keep it on the same node. A handle has 43 characters.
 */
const LEADS = "string.sub(KEYS[1], 1, -44) .. 'lead:{' .. KEYS[1] .. '}'";

/**
 * ARGV: 1 how long in ms the id is to be known as replaced, or 0; 2 which session; 3 to which it leads, or nothing; 4 for
 * how long in ms. Answers a list of the user whose session was destroyed. A renewed id of the expected user leads nowhere
 * any more. A server that is out of memory cannot remember the id, but it can delete the session.
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
 * How many times as long as its session an entry in the index stays. An entry may point to nothing; a session without
 * an entry would be missed when all sessions of its user are to end.
 */
const SLACK = 2;

/** Answers where a renewed id leads: the handle of the session, and whose it has to be; an empty list: nowhere. */
export const LEAD = script(`${TRY}
local handle, user = string.match(try('GET', ${LEADS}) or '', '^(%S+) (%S+)$')
return {handle, user}
`);

/**
 * Adds a session to the index of its user, and removes entries of sessions whose time is over; the index ends with its
 * last entry. The clock is the server's. The first command is the one that needs memory: a server that has none left
 * refuses a script only until the script has written something.
 *
 * An index of another type is replaced, or this user could not log in. The sessions that it listed are lost, so
 * {@link INCOMPLETE} marks the new index for as long as the entry stays. Answers 0 then, else 1, or a list of the
 * sessions that are to end.
 *
 * {@link COUNTED} entries are the lowest, and of these the session that ends last. With a limit the session is counted,
 * and all others but the last `limit - 1` are to end: they do not count any more, so that one login alone ends each.
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
