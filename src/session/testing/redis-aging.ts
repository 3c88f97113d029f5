/** What {@link age} needs of a client. */
export interface AgingClient {
  keys(pattern: string): Promise<string[]>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** What the passing of time does to a key. In an index negative scores are times with the sign turned. KEYS: the key. ARGV: how long, in ms. */
const AGE = `
if redis.call('TYPE', KEYS[1]).ok == 'zset' then
  for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
    local isTime = tonumber(redis.call('ZSCORE', KEYS[1], member)) >= 0
    redis.call('ZINCRBY', KEYS[1], isTime and -ARGV[1] or ARGV[1], member)
  end
end
local left = redis.call('PTTL', KEYS[1]) - ARGV[1]
if left > 0 then redis.call('PEXPIRE', KEYS[1], left) else redis.call('DEL', KEYS[1]) end`;

/**
 * Does to all keys of RedisStore on one server what so many ms would do. Key by key, since those of one node of a cluster
 * are in many slots.
 */
export async function age(client: AgingClient, prefix: string, ms: number): Promise<void> {
  const keys = await client.keys(`${prefix}*`);
  await Promise.all(keys.map((key) => client.eval(AGE, { keys: [key], arguments: [String(ms)] })));
}
