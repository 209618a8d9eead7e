-- Takes a value away from its owner.
-- KEYS: the owner's set of names, the name of the value.
local value = redis.call('GET', KEYS[2])
if value then
    redis.call('DEL', KEYS[2])
    redis.call('ZREM', KEYS[1], KEYS[2])
end
return value
