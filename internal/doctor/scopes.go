package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/ims"
)

// granted compares what was asked for with what the token has.
func (c *climber) granted(_ context.Context, r *Rung) {
	asked := slices.Clone(c.asked())
	if len(c.claims.Scopes) > 0 {
		r.fact("in the token", strings.Join(c.claims.Scopes, ", "))
	}
	if c.isReady() {
		r.skip("a ready access token has the scopes that it has: %s", list(c.claims.Scopes, "none"))
		return
	}
	r.fact("asked for", strings.Join(asked, ", "))
	if c.cred.Kind == credentials.KindServiceAccount {
		// Metascopes do not show in a token. IMS refuses an assertion that claims one too many.
		r.see("IMS granted what the assertion claims: %s", list(asked, "none"))
		return
	}
	missing := slices.DeleteFunc(asked, func(s string) bool { return slices.Contains(c.scopes, s) })
	switch {
	case len(c.scopes) == 0:
		r.skip("neither the answer nor the token says which scopes were granted")
	case len(missing) > 0:
		r.warn(CauseScopesFewer, "not granted: %s", strings.Join(missing, ", "))
		r.fact("granted", strings.Join(c.scopes, ", "))
	default:
		r.see("all %d were granted", len(c.asked()))
		r.fact("granted", strings.Join(c.scopes, ", "))
	}
}

// maxScopes is how many scopes are asked for one by one: IMS limits how often a client may ask.
const maxScopes = 20

// blameScopes finds out which of the scopes IMS does not grant, which it does not say itself: each is asked for alone.
func (c *climber) blameScopes(ctx context.Context, r *Rung, refused attempt) {
	asked := slices.Compact(slices.Sorted(slices.Values(refused.scopes)))
	r.fact("asked for", strings.Join(refused.scopes, ", "))
	word := "scope"
	if c.isAssertion() {
		word = "metascope"
	}
	switch n := len(asked); {
	case n == 0: // that nothing was asked for is told anyway
	case n == 1:
		c.notGranted(r, word, asked, nil)
	case n > maxScopes:
		r.fact("one by one", fmt.Sprintf("not asked: these are more than %d", maxScopes))
	default:
		c.askOneByOne(ctx, r, word, asked, refused)
	}
}

// askOneByOne asks for each scope alone, until something else than that goes wrong.
func (c *climber) askOneByOne(ctx context.Context, r *Rung, word string, asked []string, with attempt) {
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	var good, bad []string
	for _, scope := range asked {
		with.scopes = []string{scope}
		_, err := c.exchange(ctx, with)
		switch cause := imsCause(err); {
		case err == nil:
			good = append(good, scope)
		case cause == ims.CauseScopeNotGranted:
			bad = append(bad, scope)
		default:
			r.fact("one by one", fmt.Sprintf("given up at %s: %s", scope, strings.ReplaceAll(string(cause), "_", " ")))
			return
		}
	}
	if len(bad) == 0 {
		r.Seen += fmt.Sprintf("; each %s by itself is granted, all together are not", word)
		r.fact("granted one by one", strings.Join(good, ", "))
		return
	}
	c.notGranted(r, word, bad, good)
}

// notGranted names the scopes that are refused, and who can have them granted.
func (c *climber) notGranted(r *Rung, word string, bad, good []string) {
	r.Seen += fmt.Sprintf("; not granted: %s", strings.Join(bad, ", "))
	r.fact("not granted", strings.Join(bad, ", "))
	r.fact("granted one by one", strings.Join(good, ", "))
	if c.console() == aemConsole {
		r.Remedy = fmt.Sprintf("Leave the %s out: what service credentials may ask for stands in the file that %s hands out, "+
			"and nothing can be added to it; somebody with access there downloads the file again if it was changed.", word, c.console())
	} else {
		r.Remedy = fmt.Sprintf("Check the spelling of the %s; if it is right, a developer of the organization adds the API that it "+
			"belongs to, to the project of this client in %s.", word, c.console())
	}
	if len(good) > 0 {
		r.Remedy += " Or ask for the others alone, with --scope " + strings.Join(good, ",") + "."
	}
}
