package aem

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// The bounds of what a request can ask for.
const (
	maxToken      = 16 << 10 // bytes of a bearer token
	maxPath       = 4 << 10  // bytes of a path as it is sent
	maxSegments   = 40       // names in the path of a request
	maxDepth      = 32       // names of an asset below /content/dam
	maxName       = 255      // bytes of the name of an asset or folder
	maxSegment    = 300      // bytes of a name in the path of a request, which can have a suffix
	maxProperties = 100      // of an asset or folder
	maxFields     = 64 << 10 // bytes of the fields of a form, and of a JSON document
	maxParts      = 32       // of a form
	nodeCost      = 512      // bytes that an asset or a folder counts for besides its content and properties
)

var (
	errTooLarge = errors.New("the content is larger than an asset may be")
	errNoRoom   = errors.New("all assets together take as much memory as they may")
)

// budget counts the bytes that all assets take.
type budget struct {
	limit int64
	used  atomic.Int64
}

// reserve takes n bytes, if there are so many.
func (b *budget) reserve(n int64) bool {
	if b.used.Add(n) > b.limit {
		b.used.Add(-n)
		return false
	}
	return true
}

func (b *budget) release(n int64) { b.used.Add(-n) }

// read reads all of r, at most limit bytes. Bytes are reserved before they are kept, so that many uploads at once do not
// take more than all assets may; on success they stay reserved.
func (b *budget) read(r io.Reader, limit int64) ([]byte, error) {
	counted := &countedReader{from: io.LimitReader(r, limit+1), budget: b}
	content, err := io.ReadAll(counted)
	if err == nil && int64(len(content)) > limit {
		err = errTooLarge
	}
	if err != nil {
		b.release(counted.reserved)
		return nil, err
	}
	return content, nil
}

type countedReader struct {
	from     io.Reader
	budget   *budget
	reserved int64
}

func (c *countedReader) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	if !c.budget.reserve(int64(n)) {
		return 0, errNoRoom
	}
	c.reserved += int64(n)
	return n, err
}

// source gives random bytes to one goroutine at a time.
type source struct {
	mu   sync.Mutex
	from io.Reader
}

func (s *source) bytes(n int) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := make([]byte, n)
	if _, err := io.ReadFull(s.from, b); err != nil {
		return nil, errors.New("the source of random identifiers gives none")
	}
	return b, nil
}

// short bounds what a caller can put in a log, an error or the journal.
func short(s string) string {
	const limit = 100
	if len(s) > limit {
		return s[:limit] + "…"
	}
	return s
}
