package aem

import (
	"fmt"
	"io"
	"os"

	"github.com/imsx/imsx/internal/atomicfile"
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
func SaveFile(path string, r io.Reader) (int64, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return 0, fmt.Errorf("%q is not a regular file", path)
	}
	return atomicfile.Copy(path, r)
}
