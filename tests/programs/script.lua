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

local name = "lua-was-here"
local file = assert(io.open(name, "w"))
for i = 1, 100 do file:write(i, " ", i * i, "\n") end
file:close()
local sum = 0
for line in io.lines(name) do sum = sum + #line + tonumber(line:match(" (%d+)")) end
print("file", sum, os.remove(name))
os.exit(5)
