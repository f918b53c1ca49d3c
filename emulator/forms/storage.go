package forms

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
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

// The folders of a data source: what is read and what is written. Documents are written in the third one first, in a folder
// of the execution, and moved when they are whole.
const (
	inputFolder   = "input"
	outputFolder  = "output"
	unfinished    = outputFolder + "/__tmp__"
	successFolder = "success"
	failureFolder = "failure"
)

// storage is the folder that stands for the cloud storage of one data source, as one execution uses it. Nothing outside of it
// can be reached.
type storage struct {
	root *os.Root
	id   string // of the execution
}

// errStorage is the failure of an execution whose storage takes nothing.
var errStorage = &failureError{&failure{status: http.StatusInternalServerError, code: "storage", text: "the storage cannot be written"}}

// openStorage opens the folder of a data source: the one in dir that is called as the last name of the source's path.
func openStorage(dir, dataSource, id string) (*storage, error) {
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
	return &storage{inner, id}, nil
}

func (s *storage) close() error { return s.root.Close() }

// records lists the names of the records, sorted: those of the files that end in .xml, without that. There is one at least.
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
		switch {
		case errors.Is(err, io.EOF) && len(records) == 0:
			return nil, &failureError{badRequest("data_source", "the data source has no records: no files in "+inputFolder+" that end in .xml")}
		case errors.Is(err, io.EOF):
			slices.Sort(records)
			return records, nil
		case err != nil:
			return nil, errors.New("the folder " + inputFolder + " of the data source cannot be read")
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
	case len(content) == 0: // which would make an empty form
		return nil, &failureError{badRequest("record", "the record is empty")}
	}
	return content, nil
}

// succeed stores a document of a record, and removes the failure of an earlier execution.
func (s *storage) succeed(folder, record string, made produced) error {
	if err := s.put(folder, successFolder, record+"."+made.extension, made.content); err != nil {
		return err
	}
	return s.remove(folder, failureFolder, failureFile(record))
}

// fail stores why a record has no document, and removes that of an earlier execution. The folder has the name of the
// document's extension.
func (s *storage) fail(folder, record, text string) error {
	if err := s.put(folder, failureFolder, failureFile(record), []byte(text+"\n")); err != nil {
		return err
	}
	return s.remove(folder, successFolder, record+"."+folder)
}

// failureFile names the file that says why a record failed. The longest names of records are cut for it.
func failureFile(record string) string {
	const ending = ".error.txt"
	return strings.ToValidUTF8(record[:min(len(record), maxLabel-len(ending))], "") + ending
}

// put writes a file in full before it gets its name.
func (s *storage) put(folder, outcome, name string, content []byte) error {
	to, at := path.Join(outputFolder, folder, outcome), path.Join(unfinished, s.id, folder)
	for _, dir := range []string{to, at} {
		if err := s.mkdir(dir); err != nil {
			return errStorage
		}
	}
	if err := s.root.WriteFile(path.Join(at, name), content, 0o644); err != nil {
		return errStorage
	}
	if err := s.root.Rename(path.Join(at, name), path.Join(to, name)); err != nil {
		return errStorage
	}
	return nil
}

// mkdir makes a folder. Another execution that ends may remove the folder above just then, so there is a second attempt.
func (s *storage) mkdir(dir string) error {
	err := s.root.MkdirAll(dir, 0o755)
	if err != nil {
		err = s.root.MkdirAll(dir, 0o755)
	}
	return err
}

// remove removes a file of an earlier execution.
func (s *storage) remove(folder, outcome, name string) error {
	if err := s.root.Remove(path.Join(outputFolder, folder, outcome, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errStorage
	}
	return nil
}

// finish removes what is left in the execution's folder of unfinished documents, and the folder above if no other execution
// has one there.
func (s *storage) finish() error {
	if err := s.root.RemoveAll(path.Join(unfinished, s.id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errStorage
	}
	_ = s.root.Remove(unfinished) // fails while others are in it
	return nil
}
