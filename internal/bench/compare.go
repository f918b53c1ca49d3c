package main

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// errFailed says that a benchmark called b.Error or b.Fatal, which testing.Benchmark reports as no iterations.
var errFailed = errors.New("the benchmark failed")

// comparison is what two benchmarks gave that took turns.
type comparison struct {
	measured, reference float64 // nanoseconds per operation, the medians
	ratio               float64 // of measured to reference, the median over all turns
	allocs              float64 // of the measured one, per operation, the most that was seen
}

// compare lets two benchmarks take turns, and lets now the one and now the other begin. The first turn of each warms up
// and does not count.
func compare(e effort, measured, reference func(*testing.B)) (comparison, error) {
	var c comparison
	var own, other []float64
	for turn := range e.rounds + 1 {
		var m, r testing.BenchmarkResult
		if turn%2 == 0 {
			m = testing.Benchmark(measured)
			r = testing.Benchmark(reference)
		} else {
			r = testing.Benchmark(reference)
			m = testing.Benchmark(measured)
		}
		if m.N == 0 || r.N == 0 {
			return comparison{}, errFailed
		}
		if turn > 0 {
			own, other = append(own, perOperation(m)), append(other, perOperation(r))
			c.allocs = max(c.allocs, float64(m.AllocsPerOp()))
		}
	}
	c.measured, c.reference, c.ratio = median(own), median(other), medianRatio(own, other)
	return c, nil
}

// opsInTurn is how many operations of each side a turn of compareOperations has.
const opsInTurn = 20

// compareOperations compares two long operations, a tenth of a millisecond or more, which take turns one by one. With
// whole benchmarks taking turns, the difference between them would drown in that between two stretches of time.
func compareOperations(e effort, measured, reference func() error) (comparison, error) {
	var own, other []float64
	for turn := range e.rounds + 1 {
		var m, r time.Duration
		for range opsInTurn {
			for _, side := range []struct {
				run  func() error
				took *time.Duration
			}{{measured, &m}, {reference, &r}} {
				start := time.Now()
				if err := side.run(); err != nil {
					return comparison{}, err
				}
				*side.took += time.Since(start)
			}
		}
		if turn > 0 {
			own, other = append(own, float64(m)/opsInTurn), append(other, float64(r)/opsInTurn)
		}
	}
	return comparison{measured: median(own), reference: median(other), ratio: medianRatio(own, other)}, nil
}

func perOperation(r testing.BenchmarkResult) float64 {
	return float64(r.T.Nanoseconds()) / float64(r.N)
}

// medianRatio returns the median of a[i]/b[i].
func medianRatio(a, b []float64) float64 {
	ratios := make([]float64, len(a))
	for i := range a {
		ratios[i] = a[i] / b[i]
	}
	return median(ratios)
}

// median returns the middle of values, which must not be empty.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}

// takeTurns runs long operations by turns and returns the milliseconds that each took, turn by turn. The first turn
// warms up and does not count.
func takeTurns(turns int, operations ...func() (time.Duration, error)) ([][]float64, error) {
	times := make([][]float64, len(operations))
	for turn := range turns + 1 {
		for i, run := range operations {
			took, err := run()
			if err != nil {
				return nil, err
			}
			if turn > 0 {
				times[i] = append(times[i], milliseconds(took))
			}
		}
	}
	return times, nil
}
