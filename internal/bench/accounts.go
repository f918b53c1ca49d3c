package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"

	"github.com/imsx/imsx/emulator/ims"
	"github.com/imsx/imsx/secret"
)

// few is the number of accounts that more are compared with.
const few = 10

// accounts compares an exchange among many technical accounts, and one after many tokens were given, with one among few.
// It leaves out the network, beside which a difference would not be seen.
func accounts(ctx context.Context, _ *adobe, e effort) ([]row, error) {
	base, err := populated(few)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, n := range []int{1000, 10_000} {
		what := fmt.Sprintf("an exchange among %d accounts", n)
		many, err := populated(n)
		if err == nil {
			rows, err = appendExchange(rows, what, many, base, e)
		}
		if err != nil {
			return nil, errors.Join(err, base.close())
		}
		if n == 10_000 {
			if err = many.giveTokens(ctx, e.tokens); err == nil {
				rows, err = appendExchange(rows, fmt.Sprintf("%s, %d tokens given", what, e.tokens), many, base, e)
			}
		}
		if err = errors.Join(err, many.close()); err != nil {
			return nil, errors.Join(err, base.close())
		}
	}
	return rows, base.close()
}

func appendExchange(rows []row, what string, many, base *crowdedAdobe, e effort) ([]row, error) {
	c, err := compareOperations(e, many.exchange, base.exchange)
	if err != nil {
		return nil, err
	}
	return append(rows, row{
		What: what, Against: fmt.Sprintf("among %d", few), Unit: "µs",
		Measured: c.measured / 1e3, Reference: c.reference / 1e3, Ratio: c.ratio,
	}.atMost(1.2)), nil
}

// crowdedAdobe is an emulator with many accounts, and the body of an exchange by one of them.
type crowdedAdobe struct {
	*adobe
	accounts int
	body     string
}

// populated starts an emulator and adds technical accounts until it has n more, each with a client, a binding and a
// certificate of its own.
func populated(n int) (*crowdedAdobe, error) {
	a, err := startAdobe()
	if err != nil {
		return nil, err
	}
	ready, err := signed(a)
	for i := 0; err == nil && i < n; i++ {
		err = a.addAccount(i)
	}
	if err != nil {
		return nil, errors.Join(err, a.close())
	}
	return &crowdedAdobe{adobe: a, accounts: n, body: exchangeBody(a, ready)}, nil
}

func clientID(i int) string  { return fmt.Sprintf("client-%d", i) }
func accountID(i int) string { return fmt.Sprintf("%024X@techacct.adobe.com", i) }

func (a *adobe) addAccount(i int) error {
	id := accountID(i)
	client := ims.Client{
		ID: clientID(i), Organization: a.account.Organization, Account: id,
		Secrets: []secret.Text{secret.New(fmt.Sprintf("p8e-%d", i))}, Metascopes: a.account.Metascopes, ExchangeJWT: true,
	}
	return errors.Join(
		a.IMS().AddAccount(ims.Account{ID: id, Organization: client.Organization, Email: id}),
		a.IMS().AddClient(client),
		a.IMS().AddBinding(ims.Binding{
			Organization: client.Organization, Account: id, ClientID: client.ID, Metascopes: client.Metascopes,
		}),
		a.IMS().AddCertificate(client.ID, a.account.Keys[0].Certificate),
	)
}

// giveTokens gives n tokens to the accounts, by turns.
func (c *crowdedAdobe) giveTokens(ctx context.Context, n int) error {
	cores := runtime.GOMAXPROCS(0)
	errs := make([]error, cores)
	var wg sync.WaitGroup
	for core := range cores {
		wg.Go(func() {
			for i := core; i < n && errs[core] == nil; i += cores {
				errs[core] = cmp.Or(ctx.Err(), c.giveToken(i%c.accounts))
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (c *crowdedAdobe) giveToken(account int) error {
	_, err := c.IMS().IssueToken(clientID(account), accountID(account))
	return err
}

func (c *crowdedAdobe) exchange() error {
	r := httptest.NewRequest(http.MethodPost, c.URL()+"/ims/exchange/jwt", strings.NewReader(c.body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	if c.Handler().ServeHTTP(w, r); w.Code != http.StatusOK {
		return fmt.Errorf("the emulator answered %d", w.Code)
	}
	return nil
}
