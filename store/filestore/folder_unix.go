//go:build unix

package filestore

import (
	"io/fs"
	"os"
	"syscall"
)

// checkFolder refuses a folder in which somebody else could put or take away files, and one that somebody else leads to:
// where all may write, such as in /tmp, a link under the name of ours would have us write into another folder of ours.
func checkFolder(dir string) error {
	info, err := os.Lstat(dir)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if !isMine(info) && !isRoots(info) {
			return &UnsafeError{dir, "it is another user's symbolic link"}
		}
		info, err = os.Stat(dir)
	}
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return &UnsafeError{dir, "it is not a folder"}
	case !isMine(info):
		return &UnsafeError{dir, "it belongs to another user"}
	case info.Mode().Perm()&0o022 != 0:
		return &UnsafeError{dir, "others can write to it"}
	}
	return nil
}

func isMine(info fs.FileInfo) bool  { return belongsTo(info, os.Geteuid()) }
func isRoots(info fs.FileInfo) bool { return belongsTo(info, 0) }

func belongsTo(info fs.FileInfo, user int) bool {
	stat, known := info.Sys().(*syscall.Stat_t)
	return !known || int64(stat.Uid) == int64(user)
}
