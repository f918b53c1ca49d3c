//go:build !linux

package main

// canWatchMemory reports whether the system tells a process's peak while it runs.
const canWatchMemory = false

// watchMemory is not there on this system.
func watchMemory(int) (peak func() int64) { return func() int64 { return 0 } }
