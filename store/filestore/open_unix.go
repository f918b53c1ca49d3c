//go:build unix

package filestore

import "syscall"

// openFlag keeps opening a file from waiting, should it be a named pipe.
const openFlag = syscall.O_NONBLOCK

// patiently runs f. Who has a file open keeps nobody from replacing or removing it.
func patiently(f func() error) error { return f() }
