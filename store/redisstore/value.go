package redisstore

import (
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// A value is "1|", the time of issue as milliseconds since 1970 or 0 if it is not known, "|", and the entry.
const version = "1|"

func encode(entry []byte, issued time.Time) string {
	return version + strconv.FormatInt(issuedMillis(issued), 10) + "|" + string(entry)
}

func issuedMillis(issued time.Time) int64 {
	if issued.IsZero() {
		return 0
	}
	return issued.UnixMilli()
}

// decode returns the entry of a value, and false for what is none.
func decode(value string) ([]byte, bool) {
	_, entry, ok := split(value)
	return []byte(entry), ok
}

func split(value string) (issued time.Time, entry string, ok bool) {
	rest, ok := strings.CutPrefix(value, version)
	if !ok {
		return time.Time{}, "", false
	}
	number, entry, ok := strings.Cut(rest, "|")
	ms, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || ms < 0 {
		return time.Time{}, "", false
	}
	if ms > 0 {
		issued = time.UnixMilli(ms)
	}
	return issued, entry, true
}

// saveNewer sets KEYS[1] to ARGV[1] for ARGV[3] milliseconds, unless what is there was issued after ARGV[2]. What is no
// entry is replaced.
var saveNewer = rueidis.NewLuaScript(`
local held = redis.pcall('GET', KEYS[1])
if type(held) == 'string' then
  local issued = string.match(held, '^1|(%d+)|')
  if issued and tonumber(issued) > tonumber(ARGV[2]) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return 1
`)

// renewLease gives the lease KEYS[1] another ARGV[2] milliseconds if its fence is ARGV[1].
var renewLease = rueidis.NewLuaScript(`
if redis.pcall('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0
`)

// endLease removes the lease KEYS[1] if its fence is ARGV[1].
var endLease = rueidis.NewLuaScript(`
if redis.pcall('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`)

// hasPrefix reports whether err is the server's own, with this code.
func hasPrefix(err error, code string) bool {
	answer, ok := rueidis.IsRedisErr(err)
	return ok && strings.HasPrefix(answer.Error(), code)
}
