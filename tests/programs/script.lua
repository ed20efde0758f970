-- Numbers, strings, tables, closures, coroutines, errors, and files.
local function show(...) print(string.format(...)) end

local function sieve(n)
    local composite, primes = {}, {}
    for i = 2, n do
        if not composite[i] then
            primes[#primes + 1] = i
            for j = i * i, n, i do composite[j] = true end
        end
    end
    return primes
end
local primes = sieve(3000)
show("%d primes, the last is %d", #primes, primes[#primes])

local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
show("fib %d", fib(17))
show("%.17g %.17g %.17g", math.pi, math.sin(1e6), math.exp(1.5))
show("%d %d %s", 7 // -2, 7 % -2, tostring(7.5 // 0.0))
show("%x %d %d", math.maxinteger, math.mininteger, math.maxinteger + 1)

local words = {}
for word in ("the quick brown fox jumps over the lazy dog"):gmatch("%a+") do
    words[#words + 1] = word:gsub("^%l", string.upper)
end
table.sort(words)
print(table.concat(words, " "))

local counts, keys = {}, {}
for i = 1, 1000 do
    local key = (i * 7919 % 37) .. ""
    counts[key] = (counts[key] or 0) + i
end
for key in pairs(counts) do keys[#keys + 1] = key end
table.sort(keys)
for i = 1, #keys, 6 do io.write(keys[i], "=", counts[keys[i]], " ") end
print()

local generate = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i * i) end end)
print(generate(), generate(), generate())
print(pcall(error, {code = 2}) , select(2, pcall(function() local x = nil; return x.y end)))
print(string.pack(">I4d", 1, 2.5):byte(1, -1))
print(os.time({year = 2020, month = 1, day = 1, hour = 12}) % 3600, utf8.char(955, 8364))

-- What keeps the collector busy: trees made and dropped, closures over their variables, long strings.
local function tree(depth) return depth == 0 and {} or {tree(depth - 1), tree(depth - 1)} end
local function size(t) return t[1] and 1 + size(t[1]) + size(t[2]) or 1 end
local nodes = 0
for i = 1, 8 do nodes = nodes + size(tree(9 + i % 2)) end
local adders, held = {}, setmetatable({}, {__mode = "k"})
for i = 1, 500 do
    adders[i] = function(x) i = i + x; return i end
    held[{}] = i
end
collectgarbage()
show("%d nodes, %d, %s", nodes, adders[7](10) + adders[7](100) + adders[500](-1), next(held))
local pieces = {}
for i = 1, 2000 do pieces[i] = ("%d:%s;"):format(i, ("ab"):rep(i % 17)) end
local text = table.concat(pieces)
show("%d %d %s", #text, select(2, text:gsub("(%d+):abab;", "%1")), text:reverse():sub(1, 30))

local function energy(bodies)
    local e = 0.0
    for i, a in ipairs(bodies) do
        e = e + 0.5 * a.m * (a.vx ^ 2 + a.vy ^ 2)
        for j = i + 1, #bodies do
            local b = bodies[j]
            e = e - a.m * b.m / math.sqrt((a.x - b.x) ^ 2 + (a.y - b.y) ^ 2)
        end
    end
    return e
end
local bodies = {{x = 0, y = 0, vx = 0, vy = 0, m = 1000}, {x = 10, y = 0, vx = 0, vy = 10, m = 1},
                {x = 0, y = -20, vx = 7.07, vy = 0, m = 0.5}}
for step = 0, 1000 do
    if step % 250 == 0 then show("%.17g %a", energy(bodies), bodies[2].x) end
    for i, a in ipairs(bodies) do
        for j, b in ipairs(bodies) do
            if i ~= j then
                local dx, dy = b.x - a.x, b.y - a.y
                local pull = 1e-3 * b.m / (dx * dx + dy * dy) ^ 1.5
                a.vx, a.vy = a.vx + dx * pull, a.vy + dy * pull
            end
        end
    end
    for _, a in ipairs(bodies) do a.x, a.y = a.x + 1e-3 * a.vx, a.y + 1e-3 * a.vy end
end

local name = "lua-was-here"
local file = assert(io.open(name, "w"))
for i = 1, 100 do file:write(i, " ", i * i, "\n") end
file:close()
local sum = 0
for line in io.lines(name) do sum = sum + #line + tonumber(line:match(" (%d+)")) end
print("file", sum, os.remove(name))
os.exit(5)
