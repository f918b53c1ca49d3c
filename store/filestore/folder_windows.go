package filestore

import "os"

// checkFolder looks whether dir is a folder. Who may write to it is for the access lists of the user's profile, below
// which the cache is, to say.
func checkFolder(dir string) error {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = &UnsafeError{dir, "it is not a folder"}
	}
	return err
}
