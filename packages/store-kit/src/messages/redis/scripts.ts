import { createHash } from "node:crypto";
import type { RedisScript } from "../../kv/redis-script.ts";

/**
 * Writes the rows of one message id, unless they changed since they were read; answers 1 when it did.
 *
 * KEYS: the rows of the id, then sorted sets. ARGV: the revision that was read, the new one, the life of the rows in
 * ms, how many fields, field and value of each; then per change of a set: `+` or `-`, which set, member, score, life
 * in ms (both only used by `+`).
 */
export const WRITE_ROWS: RedisScript = script(`
if (redis.call('HGET', KEYS[1], 'rev') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'rev', ARGV[2])
local at = 5
for _ = 1, tonumber(ARGV[4]) do
  redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
  at = at + 2
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
while at <= #ARGV do
  local set = KEYS[tonumber(ARGV[at + 1])]
  if ARGV[at] == '+' then
    redis.call('ZADD', set, ARGV[at + 3], ARGV[at + 2])
    if redis.call('PTTL', set) < tonumber(ARGV[at + 4]) then redis.call('PEXPIRE', set, ARGV[at + 4]) end
  else
    redis.call('ZREM', set, ARGV[at + 2])
  end
  at = at + 5
end
return 1
`);

/**
 * Deletes one row, unless the rows of its id changed since they were read; answers 1 when it did.
 *
 * KEYS: the rows of the id, then sorted sets that name it. ARGV: the revision that was read, the new one, the field,
 * the member of the sets.
 */
export const DELETE_ROW: RedisScript = script(`
if (redis.call('HGET', KEYS[1], 'rev') or '') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[3])
if redis.call('HLEN', KEYS[1]) <= 1 then
  redis.call('DEL', KEYS[1])
else
  redis.call('HSET', KEYS[1], 'rev', ARGV[2])
end
for index = 2, #KEYS do redis.call('ZREM', KEYS[index], ARGV[4]) end
return 1
`);

function script(source: string): RedisScript {
  return { source, sha: createHash("sha1").update(source).digest("hex") };
}
