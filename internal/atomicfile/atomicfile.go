// Package atomicfile replaces files so that a reader sees the old content or the new one, never a part.
//
//	err := atomicfile.WriteFile("emulator.json", data, 0o600)
package atomicfile

import (
	"crypto/rand"
	"errors"
	"io"
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
func WriteFile(path string, data []byte, perm fs.FileMode) error {
	dir, base := filepath.Split(path)
	if dir == "" {
		dir = "."
	}
	// os.CreateTemp makes the file with mode 0600, so that a secret is never readable by others meanwhile.
	f, err := os.CreateTemp(dir, "."+base+".*.tmp")
	if err != nil {
		return err
	}
	return replace(path, f, func() error {
		if _, err := f.Write(data); err != nil {
			return err
		}
		return f.Chmod(perm.Perm())
	})
}

// Copy writes what r gives to path as [WriteFile] does, with the mode that the system gives new files, and returns how
// many bytes that is. What r gives is not held in memory. An error of r is returned as it is.
func Copy(path string, r io.Reader) (n int64, err error) {
	f, err := createIn(filepath.Dir(path))
	if err != nil {
		return 0, err
	}
	err = replace(path, f, func() error {
		n, err = io.Copy(f, r)
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// createIn creates a temporary file with the usual mode; that of [os.CreateTemp] is for its owner alone.
func createIn(dir string) (*os.File, error) {
	for {
		f, err := os.OpenFile(filepath.Join(dir, "."+rand.Text()+".tmp"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// replace lets fill write into f, syncs f, closes it, and moves it to path. Where that fails, it removes f.
func replace(path string, f *os.File, fill func() error) error {
	err := fill()
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	return syncDir(filepath.Dir(path))
}
