package bulk

import "time"

// recent keeps the times of the last documents, for the rate.
type recent struct {
	times [256]time.Time
	next  int
	count int
}

func (r *recent) add(t time.Time) {
	r.times[r.next] = t
	r.next = (r.next + 1) % len(r.times)
	r.count = min(r.count+1, len(r.times))
}

// rate returns how many documents per second there were since the oldest that is kept.
func (r *recent) rate(now time.Time) float64 {
	if r.count < 2 {
		return 0
	}
	oldest := r.times[(r.next-r.count+len(r.times))%len(r.times)]
	took := now.Sub(oldest).Seconds()
	if took <= 0 {
		return 0
	}
	return float64(r.count-1) / took
}
