import { createHash } from "node:crypto";

/** A Lua script, which Redis runs whole and alone, and knows again by its hash. */
export interface RedisScript {
  readonly source: string;
  readonly sha: string;
}

/**
 * Makes changes to a namespace if it is still in the generation that the keys are named for, and otherwise answers
 * which one it is in. A namespace without one starts it.
 *
 * KEYS: the generation's, then one per change. ARGV: the generation, then per change its life in milliseconds (0 is
 * no end, -1 deletes) and its value.
 */
export const WRITE: RedisScript = redisScript(`
local current = redis.call('GET', KEYS[1])
if not current then
  redis.call('SET', KEYS[1], ARGV[1])
elseif current ~= ARGV[1] then
  return current
end
for index = 2, #KEYS do
  local life, value = ARGV[index * 2 - 2], ARGV[index * 2 - 1]
  if life == '-1' then
    redis.call('DEL', KEYS[index])
  elseif life == '0' then
    redis.call('SET', KEYS[index], value)
  else
    redis.call('SET', KEYS[index], value, 'PX', life)
  end
end
return 'OK'
`);

// After a loss of its data Redis must not count through the same numbers again.
const COUNTED = `
if redis.call('EXISTS', KEYS[1]) == 0 then
  local time = redis.call('TIME')
  redis.call('SET', KEYS[1], string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
end
`;

/** Answers the number of the last message. KEYS: where messages are counted. */
export const COUNT: RedisScript = redisScript(`${COUNTED}
return redis.call('GET', KEYS[1])
`);

/**
 * Sends a message behind its number.
 *
 * KEYS: where messages are counted. ARGV: the channel, the message.
 */
export const PUBLISH: RedisScript = redisScript(`${COUNTED}
local number = redis.call('INCR', KEYS[1])
redis.call('PUBLISH', ARGV[1], string.format('%.0f', number) .. ' ' .. ARGV[2])
return number
`);

/** A script as Redis knows it. */
export function redisScript(source: string): RedisScript {
  return { source, sha: createHash("sha1").update(source).digest("hex") };
}
