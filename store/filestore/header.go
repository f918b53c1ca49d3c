package filestore

import (
	"encoding/binary"
	"errors"
	"time"
)

// A file begins with a header: four characters, then the times of expiry and of issue as milliseconds since 1970.
const (
	magic      = "imx1"
	headerSize = 4 + 8 + 8
)

// header is what a store knows of an entry.
type header struct {
	expiry  time.Time
	issued  time.Time // zero if unknown
	ordered bool      // not to replace a newer entry
}

func (h header) bytes() []byte {
	b := make([]byte, 0, headerSize+256)
	b = append(b, magic...)
	b = binary.BigEndian.AppendUint64(b, uint64(h.expiry.UnixMilli())) //nolint:gosec // two's complement both ways
	var issued int64
	if !h.issued.IsZero() {
		issued = h.issued.UnixMilli()
	}
	return binary.BigEndian.AppendUint64(b, uint64(issued)) //nolint:gosec // two's complement both ways
}

var errNoEntry = errors.New("not a file of this store, or a damaged one")

// parseHeader reads the header at the beginning of data, which is not shorter than one.
func parseHeader(data []byte) (header, error) {
	if string(data[:len(magic)]) != magic {
		return header{}, errNoEntry
	}
	h := header{expiry: time.UnixMilli(int64(binary.BigEndian.Uint64(data[len(magic):])))} //nolint:gosec // as above
	if issued := int64(binary.BigEndian.Uint64(data[len(magic)+8:])); issued != 0 {        //nolint:gosec // as above
		h.issued = time.UnixMilli(issued)
	}
	return h, nil
}
