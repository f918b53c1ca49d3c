package tokencache_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/imsx/imsx/store/filestore"
	"github.com/imsx/imsx/tokencache"
)

// vandal does to a store what other programs, and processes that die, do to it.
type vandal interface {
	// crash leaves behind what a writer of an entry leaves that is killed.
	crash(name string)
	// damage makes of the entry under name what how, one of damages, says; other is the name of another identity's entry.
	damage(t *rapid.T, how, name, other string)
}

// damages are the ways to damage an entry.
var damages = []string{"cut", "rubbish", "empty", "gone", "another's"}

// damaged returns what an entry is made, or nil if it is taken away.
func damaged(t *rapid.T, how string, entry, other []byte) []byte {
	switch how {
	case "cut":
		return entry[:rapid.IntRange(0, len(entry)).Draw(t, "length")]
	case "rubbish":
		return rapid.SliceOfN(rapid.Byte(), 1, 400).Draw(t, "rubbish")
	case "empty":
		return []byte{}
	case "another's":
		return other
	}
	return nil
}

// openers make an empty store, and what damages it. The folders are those of the test, which outlive the bubbles.
var openers = map[string]func(*testing.T, *rapid.T) (sharedStore, vandal){
	"memory": func(*testing.T, *rapid.T) (sharedStore, vandal) {
		m := new(tokencache.MemoryStore)
		return m, memoryVandal{m}
	},
	"files": func(t *testing.T, rt *rapid.T) (sharedStore, vandal) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		s, err := filestore.New(filestore.Config{Dir: dir})
		if err != nil {
			rt.Fatal(err)
		}
		return s, fileVandal{dir}
	},
}

// memoryVandal writes over entries. A process that dies leaves nothing in memory.
type memoryVandal struct{ store *tokencache.MemoryStore }

func (memoryVandal) crash(string) {}

func (v memoryVandal) damage(t *rapid.T, how, name, other string) {
	ctx := context.Background()
	entry, _ := v.store.Load(ctx, name)
	others, _ := v.store.Load(ctx, other)
	if to := damaged(t, how, entry, others); to != nil {
		_ = v.store.Save(ctx, name, to, time.Now().Add(day))
	} else {
		_ = v.store.Delete(ctx, name)
	}
}

// fileVandal writes into the files.
type fileVandal struct{ dir string }

func (v fileVandal) path(name string) string {
	return filepath.Join(v.dir, name[:2], name+".entry")
}

func (v fileVandal) crash(name string) {
	f, err := os.CreateTemp(filepath.Dir(v.path(name)), "."+filepath.Base(v.path(name))+".*.tmp")
	if err != nil {
		return // the folder is not there yet
	}
	_, _ = f.WriteString("imx1 and not much more")
	_ = f.Close()
	_ = os.Chtimes(f.Name(), time.Now(), time.Now())
}

func (v fileVandal) damage(t *rapid.T, how, name, other string) {
	entry, err := os.ReadFile(v.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	others, _ := os.ReadFile(v.path(other))
	to := damaged(t, how, entry, others)
	if to == nil {
		err = os.Remove(v.path(name))
	} else {
		err = os.WriteFile(v.path(name), to, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
