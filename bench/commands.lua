-- wrk script: actions on cases of tests/packs/city_small, each case in turn: sign, done, rework, sign, …; a version up each.
-- wrk -s commands.lua URL -- FIRST COUNT HANDLER-COOKIE HANDLER-CSRF CENTRE-COOKIE CENTRE-CSRF
local first, count, at, handler, centre = 0, 0, 0, {}, {}
local steps = {{"sign", ""}, {"done", "已办理"}, {"rework", "请再办理"}}
function init(args)
	first, count = tonumber(args[1]), tonumber(args[2])
	for i, who in ipairs({handler, centre}) do
		who["Cookie"], who["X-CSRF-Token"] = args[2 * i + 1], args[2 * i + 2]
		who["Content-Type"], who["Prefer"] = "application/json", "return=minimal"
	end
end
local asked = false
function request()
	if not asked then -- wrk tries the script once and drops what it gives
		asked = true
		return wrk.format("GET", "/healthz")
	end
	local round, id = math.floor(at / count), first + at % count
	local step = steps[round % 3 + 1]
	at = at + 1
	local body = string.format('{"version":%d,"note":"%s"}', 1 + round, step[2])
	return wrk.format("POST", string.format("/api/v1/cases/%d/actions/%s", id, step[1]), round % 3 == 2 and centre or handler, body)
end
function done(summary, latency)
	io.write(string.format("p99 %.2f ms\n", latency:percentile(99) / 1000))
end
