// Command writer takes the lock of an entry and writes it, again and again, until it is killed.
package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/imsx/imsx/store/filestore"
)

func main() {
	s, err := filestore.New(filestore.Config{Dir: os.Args[1]})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	fmt.Println("ready")
	for {
		unlock, err := s.Lock(ctx, os.Args[2])
		if err != nil {
			panic(err)
		}
		body := make([]byte, rand.IntN(20_000))
		for i := range body {
			body[i] = byte(rand.Uint32())
		}
		sum := sha256.Sum256(body)
		now := time.Now()
		if err := s.SaveNewer(ctx, os.Args[2], append(sum[:], body...), now, now.Add(time.Hour)); err != nil {
			panic(err)
		}
		unlock()
	}
}
