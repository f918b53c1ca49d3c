package forms

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// The bounds of the storage of a batch.
const (
	maxRecords    = 100_000
	maxRecordSize = 16 << 20
)

// The folders of a data source: what is read and what is written. Documents are written in the last one first, and moved
// when they are whole.
const (
	inputFolder   = "input"
	outputFolder  = "output"
	unfinished    = outputFolder + "/__tmp__"
	successFolder = "success"
	failureFolder = "failure"
)

// storage is the folder that stands for the cloud storage of one data source. Nothing outside of it can be reached.
type storage struct{ root *os.Root }

// openStorage opens the folder of a data source: the one in dir that is called as the last name of the source's path.
func openStorage(dir, dataSource string) (*storage, error) {
	name := path.Base(strings.TrimRight(dataSource, "/"))
	if f := checkConfigName(name); f != nil {
		return nil, fmt.Errorf("the dataSourceConfigUri %q does not end in a name that a folder could have", short(dataSource))
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("the folder %s, which stands for the cloud storage (--batch-dir), cannot be opened", short(dir))
	}
	defer func() { _ = root.Close() }()
	inner, err := root.OpenRoot(name)
	if err != nil {
		return nil, fmt.Errorf("the data source %q has no folder %q in %s, which stands for the cloud storage (--batch-dir)", short(dataSource), short(name), short(dir))
	}
	return &storage{inner}, nil
}

func (s *storage) close() error { return s.root.Close() }

// records lists the names of the records, sorted: those of the files that end in .xml, without that.
func (s *storage) records() ([]string, error) {
	folder, err := s.root.Open(inputFolder)
	if err != nil {
		return nil, &failureError{badRequest("data_source", "the data source has no folder "+inputFolder)}
	}
	defer func() { _ = folder.Close() }()
	var records []string
	for {
		some, err := folder.ReadDir(1000)
		for _, entry := range some {
			name, isXML := strings.CutSuffix(entry.Name(), ".xml")
			if isXML && name != "" && entry.Type().IsRegular() {
				records = append(records, name)
			}
		}
		if len(records) > maxRecords {
			return nil, &failureError{badRequest("data_source", fmt.Sprintf("the data source has more than %d records", maxRecords))}
		}
		if errors.Is(err, io.EOF) {
			slices.Sort(records)
			return records, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// read returns the data of a record.
func (s *storage) read(record string) ([]byte, error) {
	f, err := s.root.Open(inputFolder + "/" + record + ".xml")
	if err != nil {
		return nil, errors.New("the record cannot be opened")
	}
	defer func() { _ = f.Close() }()
	content, err := io.ReadAll(io.LimitReader(f, maxRecordSize+1))
	switch {
	case err != nil:
		return nil, errors.New("the record cannot be read")
	case len(content) > maxRecordSize:
		return nil, &failureError{badRequest("record", fmt.Sprintf("the record has more than %d bytes", maxRecordSize))}
	}
	return content, nil
}

// succeed stores a document of a record, and removes the failure of an earlier execution.
func (s *storage) succeed(folder, record string, made produced) error {
	if err := s.put(folder, successFolder, record+"."+made.extension, made.content); err != nil {
		return err
	}
	return ignoreMissing(s.root.Remove(path.Join(outputFolder, folder, failureFolder, record+".error.txt")))
}

// fail stores why a record has no document.
func (s *storage) fail(folder, record, text string) error {
	return s.put(folder, failureFolder, record+".error.txt", []byte(text+"\n"))
}

// put writes a file in full before it gets its name.
func (s *storage) put(folder, outcome, name string, content []byte) error {
	to := path.Join(outputFolder, folder, outcome)
	at := path.Join(unfinished, folder)
	for _, dir := range []string{to, at} {
		if err := s.root.MkdirAll(dir, 0o755); err != nil {
			return errors.New("the storage cannot be written")
		}
	}
	if err := s.root.WriteFile(path.Join(at, name), content, 0o644); err != nil {
		return errors.New("the storage cannot be written")
	}
	if err := s.root.Rename(path.Join(at, name), path.Join(to, name)); err != nil {
		return errors.New("the storage cannot be written")
	}
	return nil
}

// finish removes what is left in the folder of unfinished documents.
func (s *storage) finish() error { return ignoreMissing(s.root.RemoveAll(unfinished)) }

func ignoreMissing(err error) error {
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.New("the storage cannot be written")
}
