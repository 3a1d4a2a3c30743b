import { createHash } from "node:crypto";

/** A Lua script, which Redis runs whole and alone, and knows again by its hash. */
export interface RedisScript {
  readonly source: string;
  readonly sha: string;
}

// Times are those of the server, so that it does not matter whose clock is right. Numbers are written with all their
// digits; `tostring` would round the tokens.
const COMMON = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local DAY = 86400000
local function exact(number) return string.format('%.17g', number) end

local function refilled(key, rateMax, burst, recoverMs)
  local kept = redis.call('HMGET', key, 'tokens', 'rate', 'at', 'halved')
  local bucket = {tokens = burst, rate = rateMax, halved = tonumber(kept[4] or '0')}
  if kept[1] then
    bucket.tokens = math.min(burst, tonumber(kept[1]))
    bucket.rate = math.min(rateMax, tonumber(kept[2]))
    local elapsed = math.max(0, now - tonumber(kept[3]))
    bucket.tokens = math.min(burst, bucket.tokens + elapsed / 1000 * bucket.rate)
    bucket.rate = math.min(rateMax, bucket.rate + elapsed / recoverMs * rateMax)
  end
  return bucket
end

local function keep(key, bucket)
  redis.call('HSET', key, 'tokens', exact(bucket.tokens), 'rate', exact(bucket.rate), 'at', exact(now),
    'halved', exact(bucket.halved))
  redis.call('PEXPIRE', key, DAY)
end

local function openBreakers(underWay, first)
  local open = {}
  for k = first, first + 3 do
    local kept = redis.call('HMGET', KEYS[k], 'since', 'next', 'canary')
    if kept[1] then
      local probing = kept[3] and redis.call('ZSCORE', underWay, kept[3])
      open[#open + 1] = {key = k, since = tonumber(kept[1]), next = tonumber(kept[2]), probing = probing}
    end
  end
  return open
end

local function told(open, first)
  local list = {}
  for _, breaker in ipairs(open) do
    list[#list + 1] = tostring(breaker.key - first)
    list[#list + 1] = exact(now - breaker.since)
    list[#list + 1] = breaker.probing and '1' or '0'
  end
  return list
end
`;

// KEYS: the counter, when each process was seen, their accounts, what is under way, the bucket, who waits for it, then
// four breakers.
// ARGV: process, its accounts, rate, burst, handshakes, recoverMs, leaseMs, freshMs, then one pair of ticket and lane
// for the first of each lane of this process.
// Returns the ticket that may go or "", the milliseconds until it makes sense to ask again, tokens, rate, and breakers.
export const ADMIT: RedisScript = script(`
${COMMON}
local counter, seen, accounts, underWay, egress, waiting = unpack(KEYS, 1, 6)
local process = ARGV[1]
local rateMax, burst, most = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local recoverMs, leaseMs, freshMs = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
redis.call('HSET', seen, process, exact(now))
redis.call('HSET', accounts, process, ARGV[2])
redis.call('ZREMRANGEBYSCORE', underWay, '-inf', exact(now))
local mine = {}
for a = 9, #ARGV, 2 do
  local ticket = ARGV[a]
  mine[ticket] = true
  if not redis.call('ZSCORE', waiting, ticket) then
    redis.call('ZADD', waiting, exact(ARGV[a + 1] * 1e13 + redis.call('INCR', counter)), ticket)
  end
end
for _, key in ipairs({counter, seen, accounts, waiting}) do redis.call('PEXPIRE', key, DAY) end
local bucket = refilled(egress, rateMax, burst, recoverMs)
local open = openBreakers(underWay, 7)
local againMs = 0
for _, breaker in ipairs(open) do
  if breaker.probing then againMs = math.max(againMs, freshMs)
  else againMs = math.max(againMs, breaker.next - now) end
end
if bucket.tokens < 1 - 1e-9 then
  againMs = math.max(againMs, math.ceil((1 - bucket.tokens) / bucket.rate * 1000))
end
if redis.call('ZCARD', underWay) >= most then againMs = math.max(againMs, freshMs) end
local granted = ''
if againMs == 0 then
  againMs = freshMs
  local start, page = 0, 50
  local more = true
  while more do
    local queue = redis.call('ZRANGE', waiting, start, start + page - 1)
    more = #queue == page
    for _, ticket in ipairs(queue) do
      local owner = string.match(ticket, '^[^|]*')
      if owner == process and mine[ticket] then
        granted = ticket
        more = false
        break
      end
      local seenAt = tonumber(redis.call('HGET', seen, owner) or '0')
      if owner == process or now - seenAt > leaseMs then
        redis.call('ZREM', waiting, ticket)
        if owner ~= process then redis.call('HDEL', seen, owner) redis.call('HDEL', accounts, owner) end
      elseif now - seenAt > freshMs then
        -- It keeps its place and does not keep others from going meanwhile.
        start = start + 1
      else
        more = false
        break
      end
    end
  end
end
if granted ~= '' then
  redis.call('ZREM', waiting, granted)
  redis.call('ZADD', underWay, exact(now + leaseMs), granted)
  redis.call('PEXPIRE', underWay, DAY)
  bucket.tokens = math.max(0, bucket.tokens - 1)
  for _, breaker in ipairs(open) do
    redis.call('HSET', KEYS[breaker.key], 'canary', granted)
    breaker.probing = true
  end
  againMs = 0
end
keep(egress, bucket)
return {granted, exact(againMs), exact(bucket.tokens), exact(bucket.rate), told(open, 7)}
`);

// KEYS: when each process was seen, their accounts, what is under way, the bucket, four breakers, the hits of each.
// ARGV: ticket or "", outcome, account, "1" to slow down, which breaker is hit or 0, rate, burst, recoverMs, leaseMs,
// and of the breaker: accounts, share, windowMs, probeMs, maxProbeMs; then process and its accounts.
export const RELEASE: RedisScript = script(`
${COMMON}
local seen, accounts, underWay, egress = unpack(KEYS, 1, 4)
local ticket, outcome, account, hit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[5])
local leaseMs = tonumber(ARGV[9])
local mostHits, share, windowMs = tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12])
local probeMs, maxProbeMs = tonumber(ARGV[13]), tonumber(ARGV[14])
redis.call('HSET', seen, ARGV[15], exact(now))
redis.call('HSET', accounts, ARGV[15], ARGV[16])
if ticket ~= '' then redis.call('ZREM', underWay, ticket) end
for k = 5, 8 do
  local kept = redis.call('HMGET', KEYS[k], 'canary', 'probe')
  if ticket ~= '' and kept[1] == ticket then
    redis.call('HDEL', KEYS[k], 'canary')
    if outcome == 'opened' then redis.call('DEL', KEYS[k])
    elseif k - 4 == hit then
      local longer = math.min(tonumber(kept[2]) * 2, maxProbeMs)
      redis.call('HSET', KEYS[k], 'probe', exact(longer), 'next', exact(now + longer))
    end
  end
end
if ARGV[4] == '1' then
  local rateMax = tonumber(ARGV[6])
  local bucket = refilled(egress, rateMax, tonumber(ARGV[7]), tonumber(ARGV[8]))
  if now - bucket.halved >= 5000 then
    bucket.halved = now
    bucket.rate = math.max(rateMax / 50, bucket.rate / 2)
    keep(egress, bucket)
  end
end
if hit > 0 and redis.call('EXISTS', KEYS[4 + hit]) == 0 then
  local hits = KEYS[8 + hit]
  redis.call('ZREMRANGEBYSCORE', hits, '-inf', exact(now - windowMs))
  redis.call('ZADD', hits, exact(now), account)
  redis.call('PEXPIRE', hits, exact(windowMs))
  local all, counts = 0, redis.call('HGETALL', accounts)
  for i = 1, #counts, 2 do
    local seenAt = tonumber(redis.call('HGET', seen, counts[i]) or '0')
    if now - seenAt <= leaseMs then all = all + tonumber(counts[i + 1]) end
  end
  local limit = math.max(math.min(2, mostHits), math.min(mostHits, math.ceil(share * all)))
  if redis.call('ZCARD', hits) >= limit then
    redis.call('DEL', hits)
    redis.call('HSET', KEYS[4 + hit], 'since', exact(now), 'probe', exact(probeMs), 'next', exact(now + probeMs))
    redis.call('PEXPIRE', KEYS[4 + hit], DAY)
  end
end
return told(openBreakers(underWay, 5), 5)
`);

// KEYS: when each process was seen, their accounts, what is under way. ARGV: process, accounts, leaseMs, tickets.
export const RENEW: RedisScript = script(`
${COMMON}
redis.call('HSET', KEYS[1], ARGV[1], exact(now))
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
for a = 4, #ARGV do
  redis.call('ZADD', KEYS[3], exact(now + tonumber(ARGV[3])), ARGV[a])
end
if #ARGV >= 4 then redis.call('PEXPIRE', KEYS[3], DAY) end
return 1
`);

function script(source: string): RedisScript {
  return { source, sha: createHash("sha1").update(source).digest("hex") };
}
