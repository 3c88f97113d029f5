/** What {@link age} needs of a client. */
export interface AgingClient {
  keys(pattern: string): Promise<string[]>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** Ages a key. In an index negative scores are negated times. KEYS: the key. ARGV: by how many ms. */
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
 * Ages all keys of a RedisStore on one server by `ms`. Key by key, since the keys of a cluster node are in many slots.
 */
export async function age(client: AgingClient, prefix: string, ms: number): Promise<void> {
  const keys = await client.keys(`${prefix}*`);
  await Promise.all(keys.map((key) => client.eval(AGE, { keys: [key], arguments: [String(ms)] })));
}
