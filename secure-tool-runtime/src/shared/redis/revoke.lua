-- Puts something on the list of what is revoked, for a time in milliseconds.
-- KEYS: the list, by the end of each, and its version. ARGV: what, for how long, the most that it holds.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local before = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not before and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then
  return redis.error_reply('ERR the list of revocations is full')
end
local till = math.max(now + tonumber(ARGV[2]), tonumber(before or '0'))
redis.call('ZADD', KEYS[1], string.format('%.0f', till), ARGV[1])
-- The time, so that a server that has forgotten everything has no version twice.
local version = math.max(time[1] * 1000000 + time[2], tonumber(redis.call('GET', KEYS[2]) or '0') + 1)
redis.call('SET', KEYS[2], string.format('%.0f', version))
-- Both last as long as what is revoked for longest.
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
for i = 1, 2 do
  redis.call('PEXPIREAT', KEYS[i], string.format('%.0f', tonumber(last[2])))
end
