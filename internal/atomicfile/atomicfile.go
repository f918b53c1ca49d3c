// Package atomicfile replaces files so that a reader sees the old content or the new one, never a part.
//
//	err := atomicfile.WriteFile("emulator.json", data, 0o600)
package atomicfile

import (
	"io/fs"
	"os"
	"path/filepath"
)

// WriteFile writes data to path with exactly the mode perm, whatever the umask. It writes a temporary file in the same
// directory, syncs it, renames it over path, and syncs the directory where the system can. On an error path is as it
// was and no temporary file stays behind. A symbolic link at path is replaced, not followed.
//
// Concurrent calls for one path leave the content of one of them. On Windows, where a file that another process has
// open cannot be replaced, the rename is tried for about a second; of perm only the write bit counts there.
// Errors wrap the one of the operating system.
func WriteFile(path string, data []byte, perm fs.FileMode) (err error) {
	dir, base := filepath.Split(path)
	if dir == "" {
		dir = "."
	}
	// os.CreateTemp makes the file with mode 0600, so that a secret is never readable by others meanwhile.
	f, err := os.CreateTemp(dir, "."+base+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if err := fill(f, data, perm); err != nil {
		return err
	}
	if err := rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// fill writes, sets the mode, syncs and closes f. It closes f also when it fails.
func fill(f *os.File, data []byte, perm fs.FileMode) error {
	_, err := f.Write(data)
	if err == nil {
		err = f.Chmod(perm.Perm())
	}
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}
