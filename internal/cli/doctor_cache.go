package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/imsx/imsx"
	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/internal/doctor"
)

// doctorCache tells the doctor where tokens rest, and what rests there for the credentials. What is wrong with these is
// for its other rungs to say.
func (a *app) doctorCache(ctx context.Context) *doctor.Cache {
	c, err := a.openCache()
	if err != nil {
		return &doctor.Cache{Kind: "unknown", Problem: describe(err).Message, Remedy: describe(err).Hint}
	}
	found := &doctor.Cache{Kind: c.kind, Place: c.place}
	if c.store == nil {
		return found
	}
	if c.file != nil {
		if err := c.file.Check(); err != nil {
			found.Problem, found.Remedy = err.Error(), cacheRemedy(err)
			return found
		}
	}
	_ = a.eachSource(c, func(src *imsx.Source, _ *credentials.Credentials) error {
		tok, err := src.Stored(ctx)
		switch {
		case err == nil:
			found.Entry = fmt.Sprintf("a token of %s rests there, valid for %s",
				src.Identity().ClientID, span(tok.Remaining(time.Now())))
		case !errors.Is(err, fs.ErrNotExist):
			found.Problem = err.Error()
		}
		return nil
	})
	return found
}
