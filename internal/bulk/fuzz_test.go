package bulk_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/imsx/imsx/internal/bulk"
)

const header = `{"imsx_journal":1}` + "\n"

// FuzzReadJournal: a journal is read or refused with the one error of its kind, its whole lines are a part of it that
// ends with a line's end, and what is read again without the torn end is the same.
func FuzzReadJournal(f *testing.F) {
	entry := `{"output":"a.pdf","input":"a.xml","digest":"d","bytes":3,"at":"2026-01-01T00:00:00Z"}` + "\n"
	for _, seed := range []string{
		"", header, header[:7], header + entry, header + entry + entry[:20], header + "garbage\n" + entry, "something else\n",
		header + strings.Repeat("x", bulk.MaxLine+10) + "\n" + entry, header + `{"output":"","digest":"d"}` + "\n", header + "\n\n",
		header + `{"output":"a","digest":"d","bytes":-1}` + "\n", header + strings.ReplaceAll(entry, "a.pdf", `\ud800`),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		outputs, ignored, whole, err := bulk.ReadJournal(bytes.NewReader(data))
		if err != nil {
			var refused *bulk.JournalError
			if !errors.As(err, &refused) || bytes.HasPrefix(data, []byte(header)) {
				t.Fatalf("error %v", err)
			}
			return
		}
		if whole < 0 || whole > int64(len(data)) || whole > 0 && data[whole-1] != '\n' || bytes.IndexByte(data[whole:], '\n') >= 0 {
			t.Fatalf("%d of %d bytes are whole lines", whole, len(data))
		}
		if lines := bytes.Count(data, []byte("\n")); outputs+ignored > max(lines-1, 0) {
			t.Fatalf("%d outputs and %d ignored lines of %d", outputs, ignored, lines)
		}
		again, ignoredAgain, wholeAgain, err := bulk.ReadJournal(bytes.NewReader(data[:whole]))
		if again != outputs || ignoredAgain != ignored || wholeAgain != whole || err != nil {
			t.Fatalf("again: %d, %d, %d, %v; before: %d, %d, %d", again, ignoredAgain, wholeAgain, err, outputs, ignored, whole)
		}
	})
}

func TestReadJournalLongLines(t *testing.T) {
	t.Parallel()
	for _, size := range []int{bulk.MaxLine - 1, bulk.MaxLine, bulk.MaxLine + 1, 3 * bulk.MaxLine} {
		entry := `{"output":"b","digest":"d"}` + "\n"
		head := `{"output":"a","digest":"d","input":"`
		long := head + strings.Repeat("x", size-len(head)-len(`"}`)-1) + `"}` + "\n"
		outputs, ignored, whole, err := bulk.ReadJournal(strings.NewReader(header + long + entry))
		want := 2
		if size > bulk.MaxLine {
			want = 1
		}
		if outputs != want || ignored != 2-want || err != nil || int(whole) != len(header)+len(long)+len(entry) {
			t.Errorf("a line of %d bytes: %d outputs, %d ignored, %d bytes, %v", size, outputs, ignored, whole, err)
		}
	}
}
