-- The list of what is revoked: its version, then each and for how many milliseconds still. Nothing if
-- it is of the version that is known.
-- KEYS: the list, by the end of each, and its version. ARGV: the version that is known.
local version = redis.call('GET', KEYS[2]) or '0'
if version == ARGV[1] then return {} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local list = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', now), '+inf', 'WITHSCORES')
for i = 2, #list, 2 do
  list[i] = string.format('%.0f', tonumber(list[i]) - now)
end
table.insert(list, 1, version)
return list
