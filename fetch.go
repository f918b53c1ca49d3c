package imsx

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/token"
)

// exchanger signs assertions and exchanges them. It tries the keys and secrets of a credential in turn and begins with
// the pair that worked last.
type exchanger struct {
	client   *ims.Client
	cred     *credentials.Credentials
	scopes   []string
	lifetime time.Duration
	clock    *atomic.Int64

	key, secret atomic.Int32
	withID      atomic.Bool // the account's assertions need a jti
}

func newExchanger(client *ims.Client, c *credentials.Credentials, scopes []string, lifetime time.Duration, clock *atomic.Int64) *exchanger {
	return &exchanger{client: client, cred: c, scopes: scopes, lifetime: lifetime, clock: clock}
}

// Token makes one attempt: one exchange, and another one only for a reason that the refusal itself gives.
func (x *exchanger) Token(ctx context.Context) (token.Token, error) {
	keys := rotation{start: int(x.key.Load()), n: len(x.cred.Keys)}
	secrets := rotation{start: int(x.secret.Load()), n: len(x.cred.ClientSecrets)}
	corrected := false
	for {
		resp, err := x.exchange(ctx, keys.index(), secrets.index())
		if err == nil {
			x.key.Store(int32(keys.index()))
			x.secret.Store(int32(secrets.index()))
			x.clock.Store(int64(resp.ClockDifference))
			return resp.Token, nil
		}
		var refused *ims.Error
		if !errors.As(err, &refused) {
			return token.Token{}, err
		}
		switch {
		case refused.Cause == ims.CauseNotBound && keys.next():
		case refused.Cause == ims.CauseWrongSecret && secrets.next():
		case refused.Cause == ims.CauseReplayedID && x.withID.CompareAndSwap(false, true):
		case !corrected && aboutTime(refused) && x.correctClock(refused):
			corrected = true
		default:
			return token.Token{}, tried(err, keys.tried+1, secrets.tried+1)
		}
	}
}

func (x *exchanger) exchange(ctx context.Context, key, sec int) (ims.Response, error) {
	now := time.Now().Add(time.Duration(x.clock.Load()))
	a := ims.Assertion{
		Endpoint: x.client.Endpoint(), ClientID: x.cred.ClientID, Organization: x.cred.Organization,
		TechnicalAccount: x.cred.TechnicalAccountID, Metascopes: x.scopes, Lifetime: x.lifetime, Now: now,
	}
	if x.withID.Load() {
		a.ID = now.UnixNano()
	}
	signed, err := a.Sign(x.cred.Keys[key].Signer)
	if err != nil {
		return ims.Response{}, err
	}
	return x.client.ExchangeJWT(ctx, ims.ExchangeRequest{
		ClientID: x.cred.ClientID, ClientSecret: x.cred.ClientSecrets[sec], Assertion: signed,
	})
}

// aboutTime reports whether a refusal can come from clocks that differ.
func aboutTime(e *ims.Error) bool {
	return e.Cause == ims.CauseAssertionExpired || e.Cause == ims.CauseClockAhead || e.Cause == ims.CauseClockBehind
}

// correctClock takes over the server's time and reports whether that changes the next assertion.
func (x *exchanger) correctClock(e *ims.Error) bool {
	return x.clock.Swap(int64(e.ClockDifference)) != int64(e.ClockDifference)
}

// presenter presents the client secret. It tries the secrets in turn and begins with the one that worked last.
type presenter struct {
	client *ims.Client
	cred   *credentials.Credentials
	scopes []string
	clock  *atomic.Int64
	secret atomic.Int32
}

func newPresenter(client *ims.Client, c *credentials.Credentials, scopes []string, clock *atomic.Int64) *presenter {
	return &presenter{client: client, cred: c, scopes: scopes, clock: clock}
}

// Token makes one attempt, with each secret at most once.
func (p *presenter) Token(ctx context.Context) (token.Token, error) {
	secrets := rotation{start: int(p.secret.Load()), n: len(p.cred.ClientSecrets)}
	for {
		resp, err := p.client.ClientCredentials(ctx, ims.ClientCredentialsRequest{
			ClientID: p.cred.ClientID, ClientSecret: p.cred.ClientSecrets[secrets.index()],
			Scopes: p.scopes, Organization: p.cred.Organization,
		})
		if err == nil {
			p.secret.Store(int32(secrets.index()))
			p.clock.Store(int64(resp.ClockDifference))
			return resp.Token, nil
		}
		var refused *ims.Error
		if !errors.As(err, &refused) || refused.Cause != ims.CauseWrongSecret || !secrets.next() {
			return token.Token{}, tried(err, 1, secrets.tried+1)
		}
	}
}

// rotation goes once around n things, beginning with start.
type rotation struct{ start, n, tried int }

func (r *rotation) index() int { return (r.start + r.tried) % r.n }

// next moves on and reports whether there was another one.
func (r *rotation) next() bool {
	if r.tried+1 >= r.n {
		return false
	}
	r.tried++
	return true
}

// tried adds to a refusal how many keys and secrets it stands for.
func tried(err error, keys, secrets int) error {
	switch {
	case keys > 1 && secrets > 1:
		return fmt.Errorf("%w (tried %d keys and %d client secrets)", err, keys, secrets)
	case keys > 1:
		return fmt.Errorf("%w (tried %d keys)", err, keys)
	case secrets > 1:
		return fmt.Errorf("%w (tried %d client secrets)", err, secrets)
	}
	return err
}

// readyToken returns the source of a token that needs no request.
func readyToken(c *credentials.Credentials) token.Source {
	t := token.Token{AccessToken: c.AccessToken, Origin: token.OriginFile}
	if claims, err := token.ParseClaims(c.AccessToken); err == nil {
		t.Issued, t.Expiry = claims.CreatedAt, claims.ExpiresAt
	}
	return token.SourceFunc(func(context.Context) (token.Token, error) {
		if now := time.Now(); !t.ValidAt(now) {
			return token.Token{}, fmt.Errorf("%w: it was valid until %s", ErrTokenExpired, t.Expiry.UTC().Format(time.RFC3339))
		}
		return t, nil
	})
}
