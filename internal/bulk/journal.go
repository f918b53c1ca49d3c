package bulk

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// entry is a line of the journal: a document that is complete.
type entry struct {
	Output string    `json:"output"`
	Input  string    `json:"input"`
	Digest string    `json:"digest"`
	Bytes  int64     `json:"bytes"`
	At     time.Time `json:"at"`
}

// header is the first line of the journal, which tells it from other files.
const header = `{"imsx_journal":1}`

// maxLine bounds a line of the journal and of the failures.
const maxLine = 64 << 10

// JournalError is the one error by which a journal is refused: the file is something else, and is left as it is.
type JournalError struct {
	Path string // "" if it was no file
	What string
}

// Error says what is wrong.
func (e *JournalError) Error() string {
	if e.Path == "" {
		return "journal: " + e.What
	}
	return fmt.Sprintf("journal %s: %s", e.Path, e.What)
}

// known is what is remembered of a document: hashes, so that its names take no memory.
type known struct {
	digest [16]byte
	bytes  int64
}

// journal holds the documents that earlier runs have made and takes down those of this one. What it knows does not
// change once it is open, so it is read without a lock.
type journal struct {
	lines
	known   map[[16]byte]known
	ignored int
	// folders are those of the documents that were noted since the last sync.
	folders map[string]struct{}
	synced  time.Time
}

// syncEvery is how long a line may wait to be synced. Syncing each would cost more than many documents do.
const syncEvery = time.Second

func hash(s string) (h [16]byte) {
	sum := sha256.Sum256([]byte(s))
	copy(h[:], sum[:])
	return h
}

func (j *journal) has(output, digest string) bool {
	k, ok := j.known[hash(output)]
	return ok && k.digest == hash(digest)
}

func (j *journal) size(output string) int64 { return j.known[hash(output)].bytes }

// add notes a document that is in folder.
func (j *journal) add(e entry, folder string) error {
	line, err := json.Marshal(e)
	if err == nil && len(line) >= maxLine {
		// Without the input, which is there for people only. The other names have limits of their own.
		e.Input = ""
		line, err = json.Marshal(e)
	}
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	err = j.write(line)
	j.folders[folder] = struct{}{}
	if now := time.Now(); err == nil && now.Sub(j.synced) >= syncEvery {
		j.synced = now
		err = j.sync()
	}
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// sync makes what was noted durable: first that the documents are in their folders, then that they are noted.
func (j *journal) sync() error {
	for folder := range j.folders {
		syncFolder(folder)
	}
	clear(j.folders)
	return j.file.Sync()
}

// syncFolder makes durable that files were moved into a folder. Some systems refuse that. It is no failure: a document
// that is not in its place after a crash is made again.
func syncFolder(path string) {
	if f, err := os.Open(path); err == nil {
		_ = f.Sync()
		_ = f.Close()
	}
}

func (j *journal) close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return errors.Join(j.sync(), j.file.Close())
}

// openJournal reads the journal at path, which is made if need be, and gets ready to add to it. A torn last line is cut
// off.
func openJournal(path string) (*journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	j := &journal{lines: lines{file: f}, folders: make(map[string]struct{}), synced: time.Now()}
	if err := j.load(); err != nil {
		var refused *JournalError
		if errors.As(err, &refused) {
			refused.Path = path
		}
		return nil, errors.Join(err, f.Close())
	}
	return j, nil
}

func (j *journal) load() error {
	known, ignored, whole, err := readJournal(j.file)
	if err != nil {
		return err
	}
	j.known, j.ignored = known, ignored
	if err := j.file.Truncate(whole); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if _, err := j.file.Seek(whole, io.SeekStart); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if whole > 0 {
		return nil
	}
	return j.write([]byte(header))
}

// readJournal reads a journal: what it knows, how many lines it could not understand, and how many bytes its whole
// lines have. The last entry of an output counts. A journal without a whole first line is a new one if what there is
// begins like one; another file is a *JournalError, the only error besides those of r.
func readJournal(r io.Reader) (done map[[16]byte]known, ignored int, whole int64, err error) {
	done = make(map[[16]byte]known)
	in := bufio.NewReaderSize(r, maxLine)
	for first := true; ; first = false {
		line, size, err := readLine(in)
		if errors.Is(err, io.EOF) {
			if first && (size > int64(len(header)) || !bytes.HasPrefix([]byte(header), line)) {
				return nil, 0, 0, &JournalError{What: "it is not a journal of imsx"}
			}
			return done, ignored, whole, nil
		}
		if err != nil {
			return nil, 0, 0, fmt.Errorf("journal: %w", err)
		}
		whole += size
		if first {
			if string(line) != header {
				return nil, 0, 0, &JournalError{What: "it is not a journal of imsx, or one of a later version"}
			}
			continue
		}
		e, ok := parseEntry(line)
		if !ok {
			ignored++
			continue
		}
		done[hash(e.Output)] = known{digest: hash(e.Digest), bytes: e.Bytes}
	}
}

func parseEntry(line []byte) (e entry, ok bool) {
	err := json.Unmarshal(line, &e)
	return e, err == nil && e.Output != "" && e.Digest != "" && e.Bytes >= 0
}

// readLine returns a line without its end, and its size with it. A line that is longer than maxLine comes back empty.
// With io.EOF comes what stands after the last line.
func readLine(in *bufio.Reader) (line []byte, size int64, err error) {
	for {
		part, err := in.ReadSlice('\n')
		size += int64(len(part))
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil:
			return part, size, err
		case size > maxLine:
			return nil, size, nil
		}
		return bytes.TrimSuffix(part, []byte("\n")), size, nil
	}
}
