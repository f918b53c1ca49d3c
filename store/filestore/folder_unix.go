//go:build unix

package filestore

import (
	"os"
	"syscall"
)

// checkFolder refuses a folder in which somebody else could put or take away files.
func checkFolder(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	owner, known := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return &UnsafeError{dir, "it is not a folder"}
	case known && owner.Uid != uint32(os.Geteuid()): //nolint:gosec // user ids have 32 bits
		return &UnsafeError{dir, "it belongs to another user"}
	case info.Mode().Perm()&0o022 != 0:
		return &UnsafeError{dir, "others can write to it"}
	}
	return nil
}
