package filestore_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/imsx/imsx"
	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/store/filestore"
)

// localAdobe starts an emulator over plain HTTP, for the credentials that it makes, in a new folder.
func localAdobe() (dir string, cred *credentials.Credentials, stop func()) {
	dir, err := os.MkdirTemp("", "imsx-example-")
	if err != nil {
		panic(err)
	}
	e, err := emulator.New(emulator.Config{Plain: true})
	if err != nil {
		panic(err)
	}
	if err := errors.Join(e.Start(""), e.WriteFiles(dir)); err != nil {
		panic(err)
	}
	set, err := credentials.Open(filepath.Join(dir, "service_token.json"), credentials.Options{})
	if err != nil {
		panic(err)
	}
	if cred, err = set.Select(""); err != nil {
		panic(err)
	}
	return dir, cred, func() {
		_ = e.Close()
		_ = os.RemoveAll(dir)
	}
}

// The processes of a machine share a folder. Here two sources stand for two processes: the first asks, the second finds
// its token.
func ExampleNew() {
	dir, cred, stop := localAdobe()
	defer stop()

	for range 2 {
		store, err := filestore.New(filestore.Config{Dir: filepath.Join(dir, "tokens")})
		if err != nil {
			fmt.Println(err)
			return
		}
		src, err := imsx.New(imsx.Config{Credentials: cred, Store: store})
		if err != nil {
			fmt.Println(err)
			return
		}
		tok, err := src.Token(context.Background())
		fmt.Println(tok.Origin, err)
		_ = src.Close()
	}
	// Output:
	// exchange <nil>
	// cache <nil>
}

// A folder that others can write to is not used; this one is new, and its owner's alone.
func ExampleStore_Check() {
	dir, err := os.MkdirTemp("", "imsx-example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	store, err := filestore.New(filestore.Config{Dir: dir})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(store.Check())
	// Output: <nil>
}

// Whoever can read the folder can list it, without knowing what is in the entries.
func ExampleStore_List() {
	dir, err := os.MkdirTemp("", "imsx-example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	store, err := filestore.New(filestore.Config{Dir: dir})
	if err != nil {
		fmt.Println(err)
		return
	}

	ctx, name := context.Background(), strings.Repeat("ab", 32)
	if err := store.Save(ctx, name, []byte("sealed"), time.Now().Add(time.Hour)); err != nil {
		fmt.Println(err)
		return
	}
	err = store.List(ctx, func(i filestore.Info) error {
		fmt.Println(i.Name[:4], i.Size, time.Until(i.Expiry) > 59*time.Minute)
		return nil
	})
	fmt.Println(err)
	n, err := store.Clear(ctx)
	fmt.Println(n, err)
	_, err = store.Load(ctx, name)
	fmt.Println(errors.Is(err, fs.ErrNotExist))
	// Output:
	// abab 6 true
	// <nil>
	// 1 <nil>
	// true
}
