-- wrk script, the same for us and for every peer: GET with a varying key; requests are made before the run begins.
-- wrk -s read.lua URL -- PATH KEYS [API-KEY]
local requests, at = {}, 0
function init(args)
	local path, keys, secret = args[1], tonumber(args[2]), args[3]
	local headers = {}
	if secret then headers["Authorization"] = "Bearer " .. secret end
	for i = 1, 20000 do
		requests[i] = wrk.format("GET", string.format("%s?licence_no=L%09d", path, (i * 7919) % keys), headers)
	end
end
function request()
	at = at % #requests + 1
	return requests[at]
end
