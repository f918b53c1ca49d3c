package tokencache_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/imsx/imsx/store/filestore"
)

// storeMachine drives a store through random events and compares it with a model: a map. It checks that no expired entry
// is served, none of another name, and no older one after a newer one.
type storeMachine struct {
	handles []sharedStore // of the same store, as several processes have them
	vandal  vandal
	files   string // the folder of a store of files
	names   []string
	model   map[string]modelEntry
	holders map[string]func()
	saved   int
}

// modelEntry is what the store must hold under a name.
type modelEntry struct {
	text           string
	issued, expiry time.Time
	torn           bool // damaged from outside: a miss, or the part that is left
}

func (e modelEntry) alive() bool { return time.Now().Before(e.expiry) }

func newStoreMachine(handles []sharedStore, v vandal, files string) *storeMachine {
	m := &storeMachine{handles: handles, vandal: v, files: files, model: map[string]modelEntry{}, holders: map[string]func(){}}
	for i := range 3 {
		m.names = append(m.names, strings.Repeat("a", 61)+fmt.Sprintf("%03d", i)) // in one folder of a store of files
	}
	return m
}

func (m *storeMachine) close() {
	for _, unlock := range m.holders {
		unlock()
	}
}

func (m *storeMachine) draw(t *rapid.T) (store sharedStore, name string) {
	return rapid.SampledFrom(m.handles).Draw(t, "process"), rapid.SampledFrom(m.names).Draw(t, "name")
}

// entry draws one that nobody has saved before. Issued is up to a day ago or not known, the expiry up to a day on either
// side of now.
func (m *storeMachine) entry(t *rapid.T, name string) modelEntry {
	m.saved++
	seconds := func(what string, least, most int) time.Time {
		return time.Now().Truncate(time.Millisecond).Add(time.Duration(rapid.IntRange(least, most).Draw(t, what)) * time.Second)
	}
	e := modelEntry{text: fmt.Sprintf("%s entry %d", name, m.saved), expiry: seconds("expiry", -100, 86_400)}
	if rapid.IntRange(0, 9).Draw(t, "says when") > 0 {
		e.issued = seconds("issued", -86_400, 0)
	}
	return e
}

func (m *storeMachine) load(t *rapid.T) {
	store, name := m.draw(t)
	m.check(t, store, name)
}

func (m *storeMachine) check(t *rapid.T, store sharedStore, name string) {
	got, err := store.Load(context.Background(), name)
	want, there := m.model[name]
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		t.Fatalf("Load: %v", err)
	case want.torn && (err != nil || strings.HasPrefix(want.text, string(got))):
	case there && want.alive() && !want.torn && err != nil:
		t.Fatalf("Load of %q = %v, want a hit", want.text, err)
	case err == nil && (!there || string(got) != want.text):
		t.Fatalf("Load under %s = %q, want %q", name, got, want.text)
	case err == nil && !want.alive():
		t.Fatalf("Load = %q, which ended at %v", got, want.expiry)
	}
}

func (m *storeMachine) save(t *rapid.T) {
	store, name := m.draw(t)
	e := m.entry(t, name)
	e.issued = time.Time{} // Save does not say it
	if err := store.Save(context.Background(), name, []byte(e.text), e.expiry); err != nil {
		t.Fatalf("Save: %v", err)
	}
	m.model[name] = e
}

// saveNewer saves some entries at once. The newest of them, and of what was there and is alive, must be left.
func (m *storeMachine) saveNewer(t *rapid.T) {
	_, name := m.draw(t)
	var entries []modelEntry
	for range rapid.IntRange(1, 4).Draw(t, "at once") {
		e := m.entry(t, name)
		// Which of two is left that are as old, or of which one is over, depends on their order.
		unclear := func(o modelEntry) bool { return o.issued.Equal(e.issued) || !o.alive() || !e.alive() }
		if !slices.ContainsFunc(entries, unclear) {
			entries = append(entries, e)
		}
	}
	var writers sync.WaitGroup
	for i, e := range entries {
		writers.Go(func() {
			err := m.handles[i%len(m.handles)].SaveNewer(context.Background(), name, []byte(e.text), e.issued, e.expiry)
			if err != nil {
				t.Errorf("SaveNewer: %v", err)
			}
		})
	}
	writers.Wait()
	newest := slices.MaxFunc(entries, func(a, b modelEntry) int { return a.issued.Compare(b.issued) })
	held, there := m.model[name]
	switch {
	case there && held.alive() && held.issued.After(newest.issued) && held.torn:
		// What was left of the newer one may have had its time of issue.
		if got, err := m.handles[0].Load(context.Background(), name); err == nil && string(got) == newest.text {
			m.model[name] = newest
		}
	case !there || !held.alive() || !held.issued.After(newest.issued):
		m.model[name] = newest
	}
	m.check(t, m.handles[0], name)
}

func (m *storeMachine) remove(t *rapid.T) {
	store, name := m.draw(t)
	if err := store.Delete(context.Background(), name); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	delete(m.model, name)
}

// lock asks for a lock, which must be had if nobody holds it, and not otherwise.
func (m *storeMachine) lock(t *rapid.T) {
	store, name := m.draw(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	unlock, err := store.Lock(ctx, name)
	_, held := m.holders[name]
	switch {
	case held && err == nil:
		t.Fatal("Lock succeeded although somebody holds the lock")
	case held && !errors.Is(err, context.DeadlineExceeded):
		t.Fatalf("Lock = %v, want that it waits in vain", err)
	case !held && err != nil:
		t.Fatalf("Lock = %v although nobody holds the lock", err)
	case !held:
		m.holders[name] = unlock
	}
}

func (m *storeMachine) unlock(t *rapid.T) {
	_, name := m.draw(t)
	if unlock, held := m.holders[name]; held {
		unlock()
		unlock() // once more is no harm
		delete(m.holders, name)
	}
}

// crash ends the holder of a lock, if there is one, in the middle of writing.
func (m *storeMachine) crash(t *rapid.T) {
	_, name := m.draw(t)
	m.vandal.crash(name)
	if unlock, held := m.holders[name]; held {
		unlock()
		delete(m.holders, name)
	}
}

// tear leaves a part of an entry, or rubbish, in its place, as another program would.
func (m *storeMachine) tear(t *rapid.T) {
	_, name := m.draw(t)
	e, there := m.model[name]
	if !there || m.files == "" {
		return
	}
	how := rapid.SampledFrom([]string{"cut", "rubbish", "empty", "gone"}).Draw(t, "how")
	m.vandal.damage(t, how, name, name)
	e.torn = true
	m.model[name] = e
	if how == "gone" {
		delete(m.model, name)
	}
}

// always gives the files the times of the bubble, which the system does not know, and looks for what should be gone.
func (m *storeMachine) always(t *rapid.T) {
	if m.files == "" {
		return
	}
	now := time.Now()
	err := filepath.WalkDir(m.files, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.ModTime().After(now) {
			err = os.Chtimes(path, now, now)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// tidy writes an entry long after everything else: what is over must be gone then.
func (m *storeMachine) tidy(t *rapid.T) {
	if m.files == "" {
		return
	}
	time.Sleep(49 * time.Hour)
	name := m.names[0]
	e := modelEntry{text: "the last", expiry: time.Now().Add(time.Hour)}
	if err := m.handles[0].Save(context.Background(), name, []byte(e.text), e.expiry); err != nil {
		t.Fatalf("Save: %v", err)
	}
	m.model = map[string]modelEntry{name: e}
	want := []string{name + ".entry", "swept", "turn"}
	for _, n := range m.names {
		if _, err := os.Stat(filepath.Join(m.files, n[:2], n+".lock")); err == nil && (n == name || m.holders[n] != nil) {
			want = append(want, n+".lock")
		}
	}
	slices.Sort(want)
	var got []string
	files, err := os.ReadDir(filepath.Join(m.files, name[:2]))
	for _, f := range files {
		got = append(got, f.Name())
	}
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("the folder has %q, %v; want %q", got, err, want)
	}
}

func TestStoresAgainstTheirModel(t *testing.T) {
	machines := map[string]func(*rapid.T) *storeMachine{
		"memory": func(*rapid.T) *storeMachine {
			store, v := openers["memory"](t, nil)
			return newStoreMachine([]sharedStore{store}, v, "")
		},
		"files": func(rt *rapid.T) *storeMachine {
			one, v := openers["files"](t, rt)
			dir := v.(fileVandal).dir
			other, err := filestore.New(filestore.Config{Dir: dir})
			if err != nil {
				rt.Fatal(err)
			}
			return newStoreMachine([]sharedStore{one, other}, v, dir)
		},
	}
	for name, open := range machines {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				rapid.SyncTest(rt, func(rt *rapid.T) {
					m := open(rt)
					defer m.close()
					rt.Repeat(map[string]func(*rapid.T){
						"load": m.load, "save": m.save, "save newer": m.saveNewer, "delete": m.remove,
						"lock": m.lock, "unlock": m.unlock, "crash": m.crash, "tear": m.tear, "": m.always,
						"tidy": m.tidy,
						"wait": func(t *rapid.T) {
							time.Sleep(time.Duration(rapid.IntRange(0, 4*3600).Draw(t, "seconds")) * time.Second)
						},
					})
				})
			})
		})
	}
}
