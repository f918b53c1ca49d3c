package redisstore_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imsx/imsx/store/redisstore"
)

func TestConfigIsRefused(t *testing.T) {
	const password = "a-password-that-must-not-show"
	noPEM := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(noPEM, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		cfg  redisstore.Config
		want string
	}{
		"no URL":                   {redisstore.Config{}, "no URL"},
		"another scheme":           {redisstore.Config{URL: "https://:" + password + "@cache.example"}, "does not begin with redis"},
		"no URL at all":            {redisstore.Config{URL: "redis://:" + password + "@cache\x7f"}, "cannot be read"},
		"a bad port":               {redisstore.Config{URL: "redis://:" + password + "@cache:port"}, "cannot be read"},
		"no host":                  {redisstore.Config{URL: "redis://:" + password + "@:6379"}, "no host"},
		"a bad database":           {redisstore.Config{URL: "redis://:" + password + "@cache/tokens"}, "no number"},
		"a password as path":       {redisstore.Config{URL: "redis://cache//user:" + password + "@cache:6379/0"}, "no number"},
		"a password as scheme":     {redisstore.Config{URL: password + "://cache"}, "does not begin with redis"},
		"a password as parameter":  {redisstore.Config{URL: "redis://cache?" + password}, "a parameter that is none of addr"},
		"a password as prefix":     {redisstore.Config{URL: "redis://cache?prefix=*" + password}, "the prefix"},
		"a password as port":       {redisstore.Config{URL: "redis://cache?addr=user:" + password}, "a port that is no number"},
		"a negative database":      {redisstore.Config{URL: "redis://cache/-1"}, "no number"},
		"an unknown parameter":     {redisstore.Config{URL: "redis://cache?password=" + password}, "a parameter that is none of addr"},
		"an unclear parameter":     {redisstore.Config{URL: "redis://cache?client_cache=off"}, "client_cache in the URL is neither 0 nor 1"},
		"a socket with a host":     {redisstore.Config{URL: "unix://cache/redis.sock"}, "unix:///PATH"},
		"a bad prefix":             {redisstore.Config{URL: "redis://cache", Prefix: "a{b"}, "prefix"},
		"a long prefix":            {redisstore.Config{URL: "redis://cache", Prefix: strings.Repeat("p", 129)}, "prefix"},
		"a long prefix in the URL": {redisstore.Config{URL: "redis://cache?prefix=" + strings.Repeat("p", 129)}, "longer than 128"},
		"another scheme with TLS":  {redisstore.Config{URL: "valkeys://cache", CAFile: noPEM}, "no PEM certificate"},
		"certificates without TLS": {redisstore.Config{URL: "redis://cache", CAFile: noPEM}, "rediss"},
		"no certificate":           {redisstore.Config{URL: "rediss://cache", CAFile: noPEM}, "no PEM certificate"},
		"no such file":             {redisstore.Config{URL: "rediss://cache", CAFile: noPEM + ".gone"}, "certificate authority"},
		"no client key":            {redisstore.Config{URL: "rediss://cache", CertFile: noPEM}, "client certificate"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, err := redisstore.New(tt.cfg)
			if err == nil {
				_ = s.Close()
				t.Fatal("New succeeded")
			}
			if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), password) {
				t.Errorf("New = %v, want one about %q without the password", err, tt.want)
			}
		})
	}
}

func TestLongestPrefix(t *testing.T) {
	s, err := redisstore.New(redisstore.Config{URL: "redis://cache", Prefix: strings.Repeat("p", 128)})
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
}

func FuzzURL(f *testing.F) {
	for _, seed := range []string{
		"redis://user:secretsecret@cache:6379/0", "unix:///run/redis.sock?db=1", "rediss://[::1]?addr=b:1&master_set=m",
		"valkey://cache?client_cache=0&prefix=p:", "redis://?addr=x", "redis://ws//u:secretsecret@cache:6379/0",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, url string) {
		s, err := redisstore.New(redisstore.Config{URL: url})
		if err == nil {
			_ = s.Close()
		} else if strings.Contains(err.Error(), "secretsecret") {
			t.Errorf("New = %v, which shows a password", err)
		}
	})
}
