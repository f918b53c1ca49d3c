package doctor_test

import (
	"strings"
	"testing"

	"github.com/imsx/imsx/internal/doctor"
)

func TestTokenCache(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tests := []struct {
		name  string
		cache *doctor.Cache
		state doctor.State
		cause string
		says  string
	}{
		{"not looked at", nil, doctor.StateSkipped, "", "not looked at"},
		{"none", &doctor.Cache{Kind: "none"}, doctor.StateSkipped, "", "the cache is none"},
		{"empty", &doctor.Cache{Kind: "file", Place: "/home/ada/.cache/imsx"}, doctor.StateOK, "", "nothing rests there"},
		{"a token", &doctor.Cache{Kind: "redis", Place: "redis://cache", Entry: "a token rests there, valid for 3h"}, doctor.StateOK, "", "valid for 3h"},
		{"loose", &doctor.Cache{Kind: "file", Place: "/tmp/x", Problem: "others can write to it", Remedy: "chmod 700 /tmp/x"},
			doctor.StateWarning, "cache_unusable", "chmod 700"},
		{"away", &doctor.Cache{Kind: "redis", Problem: "no connection"}, doctor.StateWarning, "cache_unusable", "--cache none"},
	}
	for _, tt := range tests {
		b.cfg.Cache = tt.cache
		r := b.climb()
		wantState(t, r, "cache", tt.state, tt.cause, tt.says)
		if r.Verdict.State == doctor.StateBroken {
			t.Errorf("%s: the cache breaks the ladder: %+v", tt.name, r.Verdict)
		}
		if bundle := r.Bundle(doctor.About{}); strings.Contains(bundle, "/home/ada") {
			t.Errorf("%s: the bundle shows the folder: %s", tt.name, bundle)
		}
	}
	b.use(b.e.LocalDevelopmentToken)
	wantState(t, b.climb(), "cache", doctor.StateSkipped, "", "ready access token")
}
