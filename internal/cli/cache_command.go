package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"github.com/imsx/imsx"
	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/store/filestore"
	"github.com/imsx/imsx/store/redisstore"
)

func (a *app) cacheCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cache",
		Short: "Show or clear where tokens rest between processes",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usagef("no subcommand given").withHint("imsx cache info shows the cache, imsx cache clear empties it")
		},
	}
	all := false
	clear := &cobra.Command{
		Use:   "clear [flags]",
		Short: "Remove the cached tokens of the credentials, or all",
		Long: `Removes the cached tokens of the given credentials; with --all those of everybody who uses this cache. The tokens
themselves stay valid: imsx invalidate ends one.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.clearCache(cmd.Context(), all) },
	}
	clear.Flags().BoolVar(&all, "all", false, "remove all entries, whosever they are")
	cmd.AddCommand(&cobra.Command{
		Use:   "info [flags]",
		Short: "Show where tokens rest, and which of them are yours",
		Long: `Shows the place of the cache, whether it is safe, and its entries. What an entry holds is seen only with the credentials
that sealed it; those of the given credentials are shown with client id, age and expiry.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.cacheInfo(cmd.Context()) },
	}, clear)
	return cmd
}

// cacheEntry is an entry of the cache as cache info tells it.
type cacheEntry struct {
	Name     string     `json:"name"`
	Bytes    int64      `json:"bytes"`
	Issued   *time.Time `json:"issued_at,omitempty"`
	Expiry   *time.Time `json:"expires_at,omitempty"`
	Expired  bool       `json:"expired"`
	ClientID string     `json:"client_id,omitempty"` // if the present credentials open it
	Account  string     `json:"technical_account,omitempty"`
	Token    string     `json:"token,omitempty"` // a fingerprint
}

// cacheReport is what cache info tells.
type cacheReport struct {
	Kind    string       `json:"kind"`
	Place   string       `json:"place,omitempty"`
	Safe    bool         `json:"safe"`
	Problem string       `json:"problem,omitempty"`
	Count   int          `json:"count"`
	Bytes   int64        `json:"bytes"`
	Expired int          `json:"expired"`
	Entries []cacheEntry `json:"entries"` // at most maxListed, the present credentials' first
	Left    int          `json:"left_off,omitempty"`
}

const maxListed = 100

// owned are the entries that the present credentials open, by name.
type owned map[string]cacheEntry

func (a *app) cacheInfo(ctx context.Context) error {
	if err := a.checkFlags(); err != nil {
		return err
	}
	ctx, cancel := a.limit(ctx)
	defer cancel()
	c, err := a.openCache()
	if err != nil {
		return err
	}
	report := cacheReport{Kind: c.kind, Place: c.place, Safe: true, Entries: []cacheEntry{}}
	if c.file != nil {
		if err := c.file.Check(); err != nil {
			report.Safe, report.Problem = false, err.Error()
		}
	}
	if report.Safe && c.store != nil {
		if err := a.fillReport(ctx, c, &report); err != nil {
			return cacheFailure(err)
		}
	}
	return a.printReport(report)
}

// cacheFailure is the error of a cache that was to be looked at.
func cacheFailure(err error) error {
	if errors.Is(err, context.Canceled) {
		return err // the user gave up; nothing is wrong with the cache
	}
	return &problem{exit: exitTemporary, Code: "cache_unusable", Message: fmt.Sprintf("the cache cannot be used: %v", err),
		Hint: cacheRemedy(err), Retryable: true}
}

// fillReport reads all entries, and opens those that the present credentials can open.
func (a *app) fillReport(ctx context.Context, c *cache, report *cacheReport) error {
	mine, err := a.openEntries(ctx, c)
	if err != nil {
		return err
	}
	now := time.Now()
	return c.list(ctx, func(e cacheEntry) error {
		e.Expired = e.Expiry != nil && !now.Before(*e.Expiry)
		report.Count++
		report.Bytes += e.Bytes
		if e.Expired {
			report.Expired++
		}
		own, isMine := mine[e.Name]
		if isMine {
			e.ClientID, e.Account, e.Token = own.ClientID, own.Account, own.Token
		}
		switch {
		case isMine:
			report.Entries = append([]cacheEntry{e}, report.Entries...)
		case len(report.Entries) < maxListed:
			report.Entries = append(report.Entries, e)
		default:
			report.Left++
		}
		return nil
	})
}

// list calls visit for each entry.
func (c *cache) list(ctx context.Context, visit func(cacheEntry) error) error {
	entry := func(name string, size int64, issued, expiry time.Time) cacheEntry {
		e := cacheEntry{Name: name, Bytes: size}
		if !issued.IsZero() {
			e.Issued = new(issued.UTC().Truncate(time.Second))
		}
		if !expiry.IsZero() {
			e.Expiry = new(expiry.UTC().Truncate(time.Second))
		}
		return e
	}
	if c.file != nil {
		return c.file.List(ctx, func(i filestore.Info) error { return visit(entry(i.Name, i.Size, i.Issued, i.Expiry)) })
	}
	return c.redis.List(ctx, func(i redisstore.Info) error { return visit(entry(i.Name, i.Size, i.Issued, i.Expiry)) })
}

// openEntries opens what the present credentials have in the cache. Without credentials that is nothing.
func (a *app) openEntries(ctx context.Context, c *cache) (owned, error) {
	mine := owned{}
	err := a.eachSource(c, func(src *imsx.Source, cred *credentials.Credentials) error {
		tok, err := src.Stored(ctx)
		if errors.Is(err, fs.ErrNotExist) || err != nil && ctx.Err() == nil {
			return nil //nolint:nilerr // an entry that does not open is listed as somebody else's
		}
		if err != nil {
			return err
		}
		for _, name := range src.Names() {
			mine[name] = cacheEntry{ClientID: cred.ClientID, Account: cred.TechnicalAccountID, Token: tok.AccessToken.Fingerprint()}
		}
		return nil
	})
	return mine, err
}

// eachSource calls visit with a source of each of the present credentials that can have entries.
func (a *app) eachSource(c *cache, visit func(*imsx.Source, *credentials.Credentials) error) error {
	chosen, err := a.choose()
	if err != nil || chosen.none() {
		return err
	}
	set, err := a.read(chosen)
	if err != nil {
		return err
	}
	creds := set.All()
	if chosen.selector != "" {
		one, err := set.Select(chosen.selector)
		if err != nil {
			return err
		}
		creds = []*credentials.Credentials{one}
	}
	for _, cred := range creds {
		if cred.Kind == credentials.KindAccessToken {
			continue
		}
		src, err := imsx.New(imsx.Config{Credentials: cred, Scopes: chosen.scopes, AllowHosts: chosen.allowHosts, Store: c.store})
		if err != nil {
			return err
		}
		err = visit(src, cred)
		_ = src.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *app) printReport(r cacheReport) error {
	if a.flags.json {
		return a.printJSON(r)
	}
	safe := "yes"
	if !r.Safe {
		safe = "no: " + r.Problem
	}
	rows := []row{{"kind", r.Kind}, {"place", r.Place}}
	if r.Kind == "file" {
		rows = append(rows, row{"safe", safe})
	}
	if r.Safe && (r.Kind == "file" || r.Kind == "redis") {
		rows = append(rows, row{"entries", fmt.Sprintf("%d, of which %d expired; %d bytes", r.Count, r.Expired, r.Bytes)})
	}
	if err := a.rows("Token cache", rows); err != nil {
		return err
	}
	for _, e := range r.Entries {
		if err := a.rows("\nEntry "+shortName(e.Name), entryRows(e)); err != nil {
			return err
		}
	}
	if r.Left > 0 {
		_, err := fmt.Fprintf(a.Stdout, "\n%d more entries are not listed\n", r.Left)
		return err
	}
	return nil
}

// shortName is enough of a name to tell entries apart.
func shortName(name string) string { return name[:min(len(name), 12)] }

func entryRows(e cacheEntry) []row {
	whose := "of other credentials"
	if e.ClientID != "" {
		whose = e.ClientID
	}
	rows := []row{{"client id", whose}, {"technical account", e.Account}, {"access token", e.Token}}
	if e.Issued != nil {
		rows = append(rows, row{"issued", when(*e.Issued)})
	}
	if e.Expiry != nil {
		rows = append(rows, row{"expires", when(*e.Expiry)})
	}
	return append(rows, row{"size", fmt.Sprintf("%d bytes", e.Bytes)})
}

func (a *app) clearCache(ctx context.Context, all bool) error {
	if err := a.checkFlags(); err != nil {
		return err
	}
	ctx, cancel := a.limit(ctx)
	defer cancel()
	c, err := a.openCache()
	if err != nil {
		return err
	}
	removed := 0
	switch {
	case c.store == nil:
	case all:
		removed, err = c.clear(ctx)
	default:
		removed, err = a.clearMine(ctx, c)
	}
	if err != nil {
		return err
	}
	if a.flags.json {
		return a.printJSON(map[string]int{"removed": removed})
	}
	a.say("%d removed", removed)
	return nil
}

// clear removes all entries.
func (c *cache) clear(ctx context.Context) (removed int, err error) {
	if c.file != nil {
		removed, err = c.file.Clear(ctx)
	} else {
		removed, err = c.redis.Clear(ctx)
	}
	if err != nil {
		return 0, cacheFailure(err)
	}
	return removed, nil
}

// clearMine removes what the present credentials have in the cache.
func (a *app) clearMine(ctx context.Context, c *cache) (int, error) {
	chosen, err := a.choose()
	if err != nil {
		return 0, err
	}
	if chosen.none() {
		return 0, usagef("no credentials given, so no entry is yours").withHint("name them with -c FILE, or remove all entries with --all")
	}
	removed := 0
	err = a.eachSource(c, func(src *imsx.Source, _ *credentials.Credentials) error {
		for _, name := range src.Names() {
			if _, err := c.store.Load(ctx, name); err == nil {
				removed++
			} else if !errors.Is(err, fs.ErrNotExist) {
				return cacheFailure(err)
			}
			if err := c.store.Delete(ctx, name); err != nil {
				return cacheFailure(err)
			}
		}
		return nil
	})
	return removed, err
}
