package bulk

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
)

// Cause is what is known about a failure.
type Cause struct {
	// Code is for programs.
	Code string `json:"code,omitempty"`
	// Message tells it to people.
	Message string `json:"message"`
	// Meaning and Hint say what the code means and what to do.
	Meaning string `json:"cause,omitempty"`
	Hint    string `json:"hint,omitempty"`
	// Retryable reports whether the document may succeed later without anybody acting.
	Retryable bool `json:"retryable"`
	// RequestID is by which the server finds the request.
	RequestID string `json:"request_id,omitempty"`
}

// Failure is a document that could not be made.
type Failure struct {
	Input  string `json:"input"`
	Output string `json:"output,omitempty"` // "" if it has no valid one
	Cause
}

// failureLog is the file of a run's failures. It is made by the first one.
type failureLog struct {
	path string
	lines
}

// maxMessage bounds the texts of a failure in bytes, so that it fits into a line.
const maxMessage = 4 << 10

func (l *failureLog) add(f Failure) error {
	for _, text := range []*string{&f.Input, &f.Output, &f.Message, &f.Meaning, &f.Hint, &f.Code, &f.RequestID} {
		*text = (*text)[:min(len(*text), maxMessage)]
	}
	line, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("list of failures: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		l.file, err = os.OpenFile(l.path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	}
	if err == nil {
		err = l.write(line)
	}
	if err != nil {
		return fmt.Errorf("list of failures: %w", err)
	}
	return nil
}

func (l *failureLog) close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// ReadFailures reads the failures of a run one by one. No path is none. It ends at the first error, which it gives.
func ReadFailures(path string) iter.Seq2[Failure, error] {
	return func(yield func(Failure, error) bool) {
		if path == "" {
			return
		}
		f, err := os.Open(path)
		if err != nil {
			yield(Failure{}, err)
			return
		}
		defer f.Close()
		in := bufio.NewReaderSize(f, maxLine)
		for {
			line, _, err := readLine(in)
			if errors.Is(err, io.EOF) {
				return
			}
			var failure Failure
			if err == nil {
				err = json.Unmarshal(line, &failure)
			}
			if !yield(failure, err) || err != nil {
				return
			}
		}
	}
}
