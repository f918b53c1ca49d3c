package tokencache

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/imsx/imsx/secret"
	"github.com/imsx/imsx/token"
)

// The windows are a pure function that no exported name shows exactly, because of the jitter.
func TestWindowsFor(t *testing.T) {
	tests := []struct {
		name      string
		lifetime  time.Duration
		jitter    float64
		minTTL    time.Duration
		advisory  time.Duration
		mandatory time.Duration
	}{
		{"a day", 24 * time.Hour, 0, 0, time.Hour, time.Minute},
		{"a day, most jitter", 24 * time.Hour, 1, 0, 48 * time.Minute, time.Minute},
		{"five hours", 5 * time.Hour, 0, 0, 30 * time.Minute, time.Minute},
		{"an hour", time.Hour, 0, 0, 6 * time.Minute, time.Minute},
		{"an hour, most jitter", time.Hour, 1, 0, 5 * time.Minute, time.Minute},
		{"ten minutes", 10 * time.Minute, 0, 0, 6 * time.Minute, time.Minute},
		{"ten minutes, most jitter", 10 * time.Minute, 1, 0, 5 * time.Minute, time.Minute},
		{"under ten minutes", 10*time.Minute - 1, 0, 0, 5 * time.Minute, time.Minute - 1},
		{"five minutes", 5 * time.Minute, 0, 0, 150 * time.Second, 30 * time.Second},
		{"a second", time.Second, 0, 0, 500 * time.Millisecond, 100 * time.Millisecond},
		{"two hours are asked for", 24 * time.Hour, 0, 2 * time.Hour, 2*time.Hour + 59*time.Minute, 2 * time.Hour},
		{"less is asked for than the window", 24 * time.Hour, 0, time.Second, time.Hour, time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := windowsFor(tt.lifetime, tt.jitter, tt.minTTL)
			near := func(a, b time.Duration) bool { return (a - b).Abs() < 2*time.Nanosecond }
			if !near(got.advisory, tt.advisory) || !near(got.mandatory, tt.mandatory) {
				t.Errorf("windowsFor = %v, want advisory %v, mandatory %v", got, tt.advisory, tt.mandatory)
			}
		})
	}
}

func TestWindowsKeepTheirBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lifetime := time.Duration(rapid.Int64Range(1, int64(40*24*time.Hour)).Draw(t, "lifetime"))
		w := windowsFor(lifetime, rapid.Float64Range(0, 1).Draw(t, "jitter"), 0)
		if w.mandatory > w.advisory || w.advisory > lifetime {
			t.Fatalf("windows %v of a lifetime of %v are not within each other", w, lifetime)
		}
		if lifetime >= shortLifetime && (w.advisory < minAdvisory || w.advisory > maxAdvisory) {
			t.Fatalf("advisory window %v of a lifetime of %v is out of bounds", w.advisory, lifetime)
		}
	})
}

func TestDeadlinePassesByEitherClock(t *testing.T) {
	now := time.Now()
	d := deadlineAt(now, time.Hour)
	later := now.Add(2 * time.Hour)
	tests := []struct {
		name string
		now  time.Time
		want bool
	}{
		{"before", now.Add(59 * time.Minute), false},
		{"after", later, true},
		{"the machine slept: only the wall clock moved", now.Round(0).Add(2 * time.Hour), true},
		{"centuries", now.AddDate(250, 0, 0), true},
	}
	for _, tt := range tests {
		if got := d.passed(tt.now); got != tt.want {
			t.Errorf("%s: passed = %v, want %v", tt.name, got, tt.want)
		}
	}
	setBack := deadline{at: d.at, wall: d.wall + int64(24*time.Hour)}
	if !setBack.passed(later) {
		t.Error("a wall clock set back by a day keeps the deadline from passing")
	}
}

func TestFarExpiry(t *testing.T) {
	now := time.Now()
	e := newEntry(token.Token{AccessToken: secret.New("x"), Expiry: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}, now, 0, 0)
	if !e.fresh(now.Add(time.Hour)) {
		t.Error("a token that expires in the year 9999 is not fresh")
	}
}
