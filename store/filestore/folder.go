package filestore

import "fmt"

// UnsafeError says why a folder is not used.
type UnsafeError struct {
	Dir    string
	Reason string // such as "others can write to it"
}

// Error returns the folder and the reason.
func (e *UnsafeError) Error() string {
	return fmt.Sprintf("the folder %s is not safe: %s", e.Dir, e.Reason)
}
