package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// canWatchMemory reports whether the system tells a process's peak while it runs.
const canWatchMemory = true

// watchMemory follows the peak resident size of a running process until the returned function is called, which gives it
// in bytes. The resource usage of an ended process would not do: it begins with that of its parent.
func watchMemory(pid int) (peak func() int64) {
	stop, done := make(chan struct{}), make(chan int64)
	most := highWater(pid) // before a short life can be over
	go func() {
		for {
			select {
			case <-stop:
				done <- most
				return
			case <-time.After(time.Millisecond):
				most = max(most, highWater(pid))
			}
		}
	}()
	return func() int64 {
		close(stop)
		return <-done
	}
}

// highWater returns the field VmHWM of a process in bytes, or 0 once it has ended.
func highWater(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kib int64
	if _, err := fmt.Sscanf(rest, "%d kB", &kib); err != nil {
		return 0
	}
	return kib << 10
}
