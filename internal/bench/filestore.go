package main

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/imsx/imsx"
	"github.com/imsx/imsx/store/filestore"
)

// fileStore compares a token that rests in a file with the least that reading a sealed file could cost.
func fileStore(ctx context.Context, a *adobe, e effort) ([]row, error) {
	store, err := filestore.New(filestore.Config{Dir: filepath.Join(a.dir, "filestore")})
	if err != nil {
		return nil, err
	}
	src, err := imsx.New(imsx.Config{Credentials: a.account, Store: store})
	if err != nil {
		return nil, err
	}
	defer src.Close()
	if _, err := src.Token(ctx); err != nil {
		return nil, err
	}
	path, err := entryFile(store.Dir(), src.Names()[0])
	if err != nil {
		return nil, err
	}
	bare, err := sealedFile(a.dir, path)
	if err != nil {
		return nil, err
	}
	c, err := compare(e, func(b *testing.B) {
		for b.Loop() {
			if _, err := src.Stored(ctx); err != nil {
				b.Fatal(err)
			}
		}
	}, func(b *testing.B) {
		for b.Loop() {
			if err := bare(); err != nil {
				b.Fatal(err)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return []row{row{
		What: "stored token, from a file", Against: "os.ReadFile + AES-GCM", Unit: "µs",
		Measured: c.measured / 1e3, Reference: c.reference / 1e3, Ratio: c.ratio,
	}.atMost(3)}, nil
}

// entryFile finds the file of an entry in the folder of a store.
func entryFile(dir, name string) (string, error) {
	found := ""
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if info, _ := os.Stat(path); err == nil && !d.IsDir() && strings.HasPrefix(d.Name(), name) && info.Size() > 0 {
			found = path
		}
		return err
	})
	if err == nil && found == "" {
		err = errors.New("the store has no file for its entry")
	}
	return found, err
}

// sealedFile writes a file as long as another one, and returns what reads and opens it.
func sealedFile(dir, like string) (func() error, error) {
	info, err := os.Stat(like)
	if err != nil {
		return nil, err
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "sealed")
	sealed := aead.Seal(nil, nil, make([]byte, int(info.Size())-aead.Overhead()), nil)
	if err := os.WriteFile(path, sealed, 0o600); err != nil {
		return nil, err
	}
	return func() error {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		_, err = aead.Open(data[:0], nil, data, nil)
		return err
	}, nil
}

// entrySize is about that of a sealed token.
const entrySize = 1500

// manyEntries compares saving and loading an entry among many with the same among few.
func manyEntries(ctx context.Context, a *adobe, e effort) ([]row, error) {
	const few = 10
	sizes := []int{few, 1000, e.entries}
	operations := make([]func() (time.Duration, error), len(sizes))
	for i, n := range sizes {
		dir := filepath.Join(a.dir, fmt.Sprintf("entries-%d", n))
		store, err := filledStore(ctx, dir, n)
		if err != nil {
			return nil, err
		}
		operations[i] = func() (time.Duration, error) { return saveAndLoad(ctx, store, few) }
	}
	times, err := takeTurns(e.rounds, operations...)
	if err != nil {
		return nil, err
	}
	var rows []row
	for i, n := range sizes[1:] {
		rows = append(rows, row{
			What: fmt.Sprintf("save and load, %d entries in files", n), Against: fmt.Sprintf("%d entries", few), Unit: "µs",
			Measured: median(times[i+1]) * 1e3 / few, Reference: median(times[0]) * 1e3 / few,
			Ratio: medianRatio(times[i+1], times[0]),
		}.atMost(1.5))
	}
	return rows, nil
}

// entryNumber returns the name of an entry. Names are even over the folders, as those of tokens are.
func entryNumber(i int) string {
	sum := sha256.Sum256([]byte{byte(i), byte(i >> 8), byte(i >> 16)})
	return hex.EncodeToString(sum[:])
}

// filledStore makes a store of n entries. All but the first are copies of its file, because saving each would sync the
// disk for minutes.
func filledStore(ctx context.Context, dir string, n int) (*filestore.Store, error) {
	store, err := filestore.New(filestore.Config{Dir: dir})
	if err != nil {
		return nil, err
	}
	first := entryNumber(0)
	if err := store.Save(ctx, first, make([]byte, entrySize), time.Now().Add(24*time.Hour)); err != nil {
		return nil, err
	}
	path, err := entryFile(dir, first)
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for i := 1; i < n; i++ {
		name := entryNumber(i)
		copied := filepath.Join(dir, name[:2], strings.Replace(filepath.Base(path), first, name, 1))
		if err := os.MkdirAll(filepath.Dir(copied), 0o700); err != nil {
			return nil, err
		}
		if err := os.WriteFile(copied, content, 0o600); err != nil {
			return nil, err
		}
	}
	_, err = store.Load(ctx, entryNumber(n-1)) // or the copies are none of the store's
	return store, err
}

// saveAndLoad saves and loads the first n entries.
func saveAndLoad(ctx context.Context, s *filestore.Store, n int) (time.Duration, error) {
	entry := make([]byte, entrySize)
	expiry := time.Now().Add(24 * time.Hour)
	begun := time.Now()
	for i := range n {
		if err := s.Save(ctx, entryNumber(i), entry, expiry); err != nil {
			return 0, err
		}
		if _, err := s.Load(ctx, entryNumber(i)); err != nil {
			return 0, err
		}
	}
	return time.Since(begun), nil
}
