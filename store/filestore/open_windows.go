package filestore

import (
	"errors"
	"syscall"
	"time"
)

const openFlag = 0

// errSharingViolation is ERROR_SHARING_VIOLATION: another process has the file open.
const errSharingViolation = syscall.Errno(32)

// patiently runs f again, for a moment, while another process has the file open or is replacing it.
func patiently(f func() error) error {
	for wait := time.Millisecond; ; wait *= 2 {
		err := f()
		busy := errors.Is(err, errSharingViolation) || errors.Is(err, syscall.ERROR_ACCESS_DENIED)
		if !busy || wait > 100*time.Millisecond {
			return err
		}
		time.Sleep(wait)
	}
}
