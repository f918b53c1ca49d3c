package aem

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// Save writes the body to the file path, closes it, and returns how many bytes the file has. The content goes to a
// temporary file in the same folder, which is synced and renamed over path; then the folder is synced. On an error path
// is as it was and no temporary file stays behind. A symbolic link at path is replaced, not followed; what is there but
// is not a regular file is not replaced. The file has the mode that the system gives new files. Errors are an [*Error] if
// the body breaks, else they wrap that of the operating system.
func (r *Response) Save(path string) (int64, error) {
	defer r.Body.Close()
	return SaveFile(path, r.Body)
}

// SaveFile writes what r gives to the file path as [Response.Save] does. An error of r is returned as it is.
func SaveFile(path string, r io.Reader) (n int64, err error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return 0, fmt.Errorf("%q is not a regular file", path)
	}
	f, err := createIn(filepath.Dir(path))
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	n, err = io.Copy(f, r)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return 0, err
	}
	return n, syncFolder(filepath.Dir(path))
}

// createIn creates a temporary file with the usual mode; that of [os.CreateTemp] is for its owner alone.
func createIn(dir string) (*os.File, error) {
	for {
		f, err := os.OpenFile(filepath.Join(dir, ".imsx."+randomHex()+".tmp"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, os.ErrExist) {
			return f, err
		}
	}
}

// syncFolder makes the rename itself durable. Some systems refuse to open or sync a folder; the content is whole there
// all the same, so that refusal is no failure.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return nil //nolint:nilerr // see above
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) || errors.Is(err, os.ErrPermission) || errors.Is(err, os.ErrInvalid) {
		err = nil
	}
	if closeErr := d.Close(); err == nil {
		err = closeErr
	}
	return err
}
