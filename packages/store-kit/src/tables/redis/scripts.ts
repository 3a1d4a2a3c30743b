import { type RedisScript, redisScript } from "../../kv/redis-script.ts";

/*
 * KEYS[1] of each is the hash that says whose the tables are: `epoch`, a number that grows with each process that
 * opens them, `token`, that process, and `seq`, its last write. Answers are OK, TAKEN (another process has them),
 * LOST (Redis does not know of us any more, as after a restart without its data) and STAGED (see below).
 */

/** Makes this process the owner. ARGV: its token. Answers its epoch. */
export const CLAIM: RedisScript = redisScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local before = tonumber(redis.call('HGET', KEYS[1], 'epoch') or '0')
local epoch = string.format('%.0f', math.max(before + 1, now))
redis.call('HSET', KEYS[1], 'epoch', epoch, 'token', ARGV[1], 'seq', '0')
return epoch
`);

/**
 * Makes the changes of one write, once: a write that was made already is not made again.
 *
 * KEYS: the owner's, then the tables'. ARGV: epoch, token, seq; then per change which table, the field, and its value
 * or nothing to delete it.
 */
export const WRITE_CHANGES: RedisScript = redisScript(`
local owner = redis.call('HMGET', KEYS[1], 'epoch', 'token', 'seq')
if not owner[1] or tonumber(owner[1]) < tonumber(ARGV[1]) then return 'LOST' end
if owner[2] ~= ARGV[2] then return 'TAKEN' end
if tonumber(owner[3]) >= tonumber(ARGV[3]) then return 'OK' end
for at = 4, #ARGV, 3 do
  local rows = KEYS[tonumber(ARGV[at]) + 1]
  if ARGV[at + 2] == '' then
    redis.call('HDEL', rows, ARGV[at + 1])
  else
    redis.call('HSET', rows, ARGV[at + 1], ARGV[at + 2])
  end
end
redis.call('HSET', KEYS[1], 'seq', ARGV[3])
return 'OK'
`);

/**
 * Puts whole tables in the place of those there are, and makes this process the owner again where Redis forgot it.
 *
 * KEYS: the owner's, then per table its own and that of the rows staged for it. ARGV: epoch, token, seq; then per table
 * how many rows were staged: when they are not all there, nothing is changed and the answer is STAGED.
 */
export const REPLACE_TABLES: RedisScript = redisScript(`
local owner = redis.call('HMGET', KEYS[1], 'epoch', 'token', 'seq')
local epoch = tonumber(owner[1] or '0')
if epoch > tonumber(ARGV[1]) then return 'TAKEN' end
if epoch == tonumber(ARGV[1]) then
  if owner[2] ~= ARGV[2] then return 'TAKEN' end
  if tonumber(owner[3]) >= tonumber(ARGV[3]) then return 'OK' end
end
for at = 4, #ARGV do
  if redis.call('HLEN', KEYS[2 * at - 5]) ~= tonumber(ARGV[at]) then return 'STAGED' end
end
for at = 4, #ARGV do
  redis.call('UNLINK', KEYS[2 * at - 6])
  if ARGV[at] ~= '0' then
    redis.call('RENAME', KEYS[2 * at - 5], KEYS[2 * at - 6])
    redis.call('PERSIST', KEYS[2 * at - 6])
  end
end
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'token', ARGV[2], 'seq', ARGV[3])
return 'OK'
`);
