-- Takes back one call from each limit, as gcra.lua has counted it.
-- KEYS: one for each limit. ARGV: for each limit the time between two calls, in microseconds.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
for i = 1, #KEYS do
  local stored = redis.call('GET', KEYS[i])
  local arrival = stored and tonumber(stored) - tonumber(ARGV[i])
  if arrival and arrival > now then
    local ahead = math.ceil((arrival - now) / 1000)
    redis.call('SET', KEYS[i], string.format('%.0f', arrival), 'PX', string.format('%.0f', ahead))
  elseif arrival then
    redis.call('DEL', KEYS[i])
  end
end
