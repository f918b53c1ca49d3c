package main

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/imsx/imsx"
	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/emulator"
)

// adobe is an emulator on plain loopback HTTP, the directory with its files, and its service account.
type adobe struct {
	*emulator.Emulator
	dir      string
	account  *credentials.Credentials
	programs programs // see build
}

// startAdobe starts an emulator. It must be closed.
func startAdobe() (*adobe, error) {
	e, err := emulator.New(emulator.Config{Plain: true})
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "imsx-bench-")
	if err != nil {
		return nil, err
	}
	a := &adobe{Emulator: e, dir: dir}
	if err := a.open(); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

func (a *adobe) open() error {
	if err := a.Start(""); err != nil {
		return err
	}
	if err := a.WriteFiles(a.dir); err != nil {
		return err
	}
	set, err := credentials.Open(filepath.Join(a.dir, emulator.ServiceTokenFile), credentials.Options{})
	if err != nil {
		return err
	}
	a.account, err = set.Select("")
	return err
}

// source returns a new source that holds no token yet.
func (a *adobe) source() (*imsx.Source, error) { return imsx.New(imsx.Config{Credentials: a.account}) }

// given returns how many tokens were given so far.
func (a *adobe) given() int64 {
	var n int64
	for _, c := range a.IMS().Counters().Clients {
		n += c.Tokens()
	}
	return n
}

func (a *adobe) close() error { return errors.Join(a.Close(), os.RemoveAll(a.dir)) }
