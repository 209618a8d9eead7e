-- GCRA for all limits of one call, on the clock of this server, in microseconds.
-- KEYS: one for each limit. ARGV: whether to count, then for each limit the time between two calls
-- and the time in which a whole burst comes back.
-- Returns the time to wait; 0 if the call is admitted, and then it was counted against all limits.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local wait = 0
local arrivals = {}
for i = 1, #KEYS do
  local interval, window = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local stored = redis.call('GET', KEYS[i])
  local arrival = now
  if stored then
    -- No arrival lies further ahead, unless this clock was set back or the limit has changed.
    arrival = math.min(math.max(now, tonumber(stored)), now + window)
  end
  arrivals[i] = arrival + interval
  wait = math.max(wait, arrivals[i] - window - now)
end
if wait == 0 and ARGV[1] == '1' then
  for i = 1, #KEYS do
    local ahead = math.ceil((arrivals[i] - now) / 1000)
    redis.call('SET', KEYS[i], string.format('%.0f', arrivals[i]), 'PX', string.format('%.0f', ahead))
  end
end
return wait
