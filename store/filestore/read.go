package filestore

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// readEntry reads a file of the store. A file that is none of ours, or damaged, is a miss: the next save replaces it.
func readEntry(path string) (header, []byte, error) {
	h, data, _, err := readStart(path, headerSize+MaxEntry)
	if err != nil {
		return header{}, nil, err
	}
	return h, data[headerSize:], nil
}

// readStart reads a file's header and what follows it, limit bytes in all.
func readStart(path string, limit int64) (header, []byte, fs.FileInfo, error) {
	f, err := openShared(path)
	if err != nil {
		return header{}, nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return header{}, nil, nil, err
	}
	size := info.Size()
	switch {
	case info.IsDir():
		return header{}, nil, nil, fmt.Errorf("%s is a folder, not an entry", path)
	case !info.Mode().IsRegular() || size < headerSize || size > headerSize+MaxEntry:
		return header{}, nil, nil, noEntry(path, errNoEntry)
	}
	data := make([]byte, min(size, limit))
	if _, err := io.ReadFull(f, data); err != nil {
		return header{}, nil, nil, err // a file is never changed in place
	}
	h, err := parseHeader(data)
	if err != nil {
		return header{}, nil, nil, noEntry(path, err)
	}
	return h, data, info, nil
}

func noEntry(path string, err error) error {
	return fmt.Errorf("%s: %w: %w", filepath.Base(path), err, fs.ErrNotExist)
}

// openShared opens a file that others may replace or remove.
func openShared(path string) (f *os.File, err error) {
	err = patiently(func() error {
		f, err = os.OpenFile(path, os.O_RDONLY|openFlag, 0)
		return err
	})
	return f, err
}
