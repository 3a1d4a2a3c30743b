import { createHash } from "node:crypto";

/** A Lua script, which Redis runs whole and alone, and knows again by its hash. */
export interface RedisScript {
  readonly source: string;
  readonly sha: string;
}

/** The layout these scripts read and write. A session with a higher one was written by a newer version. */
export const SCHEMA = 1;

// Who owns the session is decided here and nowhere else. `meta` says who acquired last and outlives the lease, so
// an owner whose lease lapsed may go on as long as nobody else came: with the lease alone, one that was succeeded
// by somebody who is gone again could write.
const OWNERSHIP = `
local meta, lease = KEYS[1], KEYS[2]
local epoch, owner, leaseMs = ARGV[1], ARGV[2], ARGV[3]
local mine = epoch .. ':' .. owner
local state = redis.call('HMGET', meta, 'epoch', 'owner', 'batch', 'rev')
if not state[1] then return {'GONE'} end
local held = redis.call('GET', lease)
if state[1] ~= epoch or state[2] ~= owner or (held and held ~= mine) then return {'FENCED'} end
`;

const NOW = `
local time = redis.call('TIME')
local nowMs = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
`;

// An epoch starts at the server's time, so that a session which is deleted and made again never repeats one.
export const ACQUIRE: RedisScript = script(`
local meta, lease = KEYS[1], KEYS[2]
local owner, leaseMs, create, dead = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local held = redis.call('GET', lease)
local schema = redis.call('HGET', meta, 'schema')
if schema and tonumber(schema) > ${SCHEMA} then return {'NEWER', schema} end
if not schema and create ~= '1' then return {'MISSING'} end
if held and held ~= dead then return {'HELD', held, redis.call('PTTL', lease)} end
${NOW}
if schema then
  redis.call('HINCRBY', meta, 'epoch', 1)
else
  redis.call('HSET', meta, 'schema', ${SCHEMA}, 'created', nowMs, 'updated', nowMs, 'epoch', nowMs, 'rev', 0)
end
redis.call('HSET', meta, 'owner', owner)
local found = redis.call('HMGET', meta, 'epoch', 'rev', 'created')
redis.call('SET', lease, found[1] .. ':' .. owner, 'PX', leaseMs)
return {'OK', found[1], found[2], found[3]}
`);

// Renewing always sets the lease, which puts a write behind everything this connection wrote before.
export const RENEW: RedisScript = script(`
${OWNERSHIP}
redis.call('SET', lease, mine, 'PX', leaseMs)
return {'OK', state[4]}
`);

export const RELEASE: RedisScript = script(`
${OWNERSHIP}
redis.call('DEL', lease)
redis.call('HDEL', meta, 'owner')
return {'OK', state[4]}
`);

// KEYS: meta, lease, creds, creds history, quarantine, families, then one hash of records per family touched.
// ARGV: epoch, owner, leaseMs, batch, generations, the records' key prefix, "1" to clear, "1" and the creds, the
// number of meta changes and for each its name, "1" or "0", its value; then per hash the family, the number of runs,
// and for each run its kind, its number of arguments and these.
//
// Redis does not undo what a script did before it failed, so whatever can fail is found out first. Lua passes at most
// some 8000 arguments to a call (LUAI_MAXCSTACK), hence the pieces.
export const COMMIT: RedisScript = script(`
${OWNERSHIP}
local batch, generations, recordsPrefix = ARGV[4], tonumber(ARGV[5]), ARGV[6]
if state[3] == batch then
  redis.call('SET', lease, mine, 'PX', leaseMs)
  return {'OK', state[4]}
end
local kinds = {'hash', 'string', 'string', 'list', 'list', 'set'}
for k = 3, #KEYS do
  local kind = redis.call('TYPE', KEYS[k]).ok
  if kind ~= 'none' and kind ~= (kinds[k] or 'hash') then return {'WRONGTYPE'} end
end
if not held then redis.call('SET', lease, mine, 'PX', leaseMs) end
${NOW}
local creds, history, quarantine, families = KEYS[3], KEYS[4], KEYS[5], KEYS[6]
if ARGV[7] == '1' then
  for _, family in ipairs(redis.call('SMEMBERS', families)) do
    redis.call('UNLINK', recordsPrefix .. family)
  end
  redis.call('DEL', families)
end
if ARGV[8] == '1' then
  local old = redis.call('GET', creds)
  if old then
    local revision = redis.call('HGET', meta, 'credsRev') or '0'
    redis.call('LPUSH', history, revision .. ':' .. nowMs .. ':' .. old)
    redis.call('LTRIM', history, 0, generations - 1)
  end
  redis.call('SET', creds, ARGV[9])
  redis.call('HINCRBY', meta, 'credsRev', 1)
end
local p = 11
for _ = 1, tonumber(ARGV[10]) do
  if ARGV[p + 1] == '1' then redis.call('HSET', meta, 'm:' .. ARGV[p], ARGV[p + 2])
  else redis.call('HDEL', meta, 'm:' .. ARGV[p]) end
  p = p + 3
end
for k = 7, #KEYS do
  local records, family = KEYS[k], ARGV[p]
  local runs = tonumber(ARGV[p + 1])
  p = p + 2
  for _ = 1, runs do
    local kind, last = ARGV[p], p + 1 + tonumber(ARGV[p + 1])
    p = p + 2
    if kind == 'quarantine' then
      local id, value, reason = ARGV[p], ARGV[p + 1], ARGV[p + 2]
      if redis.call('HGET', records, id) == value then
        local note = cjson.encode({family = family, id = id, reason = reason, at = tonumber(nowMs)})
        redis.call('RPUSH', quarantine, note .. '\\n' .. value)
        redis.call('HDEL', records, id)
      end
    else
      local command = kind == 'put' and 'HSET' or 'HDEL'
      for i = p, last, 4000 do
        redis.call(command, records, unpack(ARGV, i, math.min(i + 3999, last)))
      end
    end
    p = last + 1
  end
  if redis.call('EXISTS', records) == 1 then redis.call('SADD', families, family)
  else redis.call('SREM', families, family) end
end
redis.call('HSET', meta, 'batch', batch, 'updated', nowMs)
return {'OK', tostring(redis.call('HINCRBY', meta, 'rev', 1))}
`);

// KEYS: meta, lease, creds, creds history, quarantine, families. ARGV: the lease of a dead owner, the records' prefix.
export const DELETE: RedisScript = script(`
local held = redis.call('GET', KEYS[2])
if held and held ~= ARGV[1] then return {'HELD', held, redis.call('PTTL', KEYS[2])} end
for _, family in ipairs(redis.call('SMEMBERS', KEYS[6])) do
  redis.call('UNLINK', ARGV[2] .. family)
end
redis.call('UNLINK', unpack(KEYS))
return {'OK'}
`);

export const READ_META: RedisScript = script(`return redis.call('HGETALL', KEYS[1])`);

function script(source: string): RedisScript {
  return { source, sha: createHash("sha1").update(source).digest("hex") };
}
