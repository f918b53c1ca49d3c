package aem

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"sync/atomic"
)

// Body is the body of a request. Its methods may be called by several goroutines, but a Body that is not rewindable is
// opened once only.
type Body interface {
	// Open returns the body from its start. The caller closes it.
	Open() (io.ReadCloser, error)
	// ContentType is the header Content-Type; empty means none. It is the same each time.
	ContentType() string
	// Length is the number of bytes that the next Open gives; -1 if that is not known.
	Length() int64
	// Rewindable reports whether Open works more than once and gives the same bytes.
	Rewindable() bool
}

// BytesBody returns a body of the given bytes, which must not be changed as long as the body is used.
func BytesBody(contentType string, data []byte) Body {
	return bytesBody{contentType, data}
}

// JSONBody returns a body of v as JSON. The error is that of [json.Marshal].
func JSONBody(v any) (Body, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return BytesBody("application/json", data), nil
}

type bytesBody struct {
	contentType string
	data        []byte
}

func (b bytesBody) Open() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.data)), nil }
func (b bytesBody) ContentType() string          { return b.contentType }
func (b bytesBody) Length() int64                { return int64(len(b.data)) }
func (b bytesBody) Rewindable() bool             { return true }

// FileBody returns a body of the file's content. The file is opened anew for each attempt; it must not change
// meanwhile. What is not a regular file has an unknown length and is read once only.
func FileBody(contentType, path string) Body {
	f := fileBody{contentType: contentType, path: path}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return &onceBody{contentType: contentType, open: f.Open}
	}
	return f
}

type fileBody struct {
	contentType, path string
}

func (b fileBody) Open() (io.ReadCloser, error) { return os.Open(b.path) }
func (b fileBody) ContentType() string          { return b.contentType }
func (b fileBody) Rewindable() bool             { return true }

// Length asks the system each time. That the file is not there is told by Open.
func (b fileBody) Length() int64 {
	info, err := os.Stat(b.path)
	if err != nil {
		return -1
	}
	return info.Size()
}

// OpenerBody returns a body that calls open for each attempt. length is the number of bytes, -1 if it is not known; open
// must give the same bytes each time.
func OpenerBody(contentType string, length int64, open func() (io.ReadCloser, error)) Body {
	return openerBody{contentType, max(length, -1), open}
}

type openerBody struct {
	contentType string
	length      int64
	open        func() (io.ReadCloser, error)
}

func (b openerBody) Open() (io.ReadCloser, error) { return b.open() }
func (b openerBody) ContentType() string          { return b.contentType }
func (b openerBody) Length() int64                { return b.length }
func (b openerBody) Rewindable() bool             { return true }

// ReaderBody returns a body that is read once only, so that a request with it is never retried. Its length is not known.
// If r is an [io.Closer], it is closed after use.
func ReaderBody(contentType string, r io.Reader) Body {
	return &onceBody{contentType: contentType, open: func() (io.ReadCloser, error) {
		if rc, ok := r.(io.ReadCloser); ok {
			return rc, nil
		}
		return io.NopCloser(r), nil
	}}
}

type onceBody struct {
	contentType string
	open        func() (io.ReadCloser, error)
	used        atomic.Bool
}

var errReadTwice = errors.New("the body can be read once only")

func (b *onceBody) Open() (io.ReadCloser, error) {
	if b.used.Swap(true) {
		return nil, errReadTwice
	}
	return b.open()
}

func (b *onceBody) ContentType() string { return b.contentType }
func (b *onceBody) Length() int64       { return -1 }
func (b *onceBody) Rewindable() bool    { return false }
