package console

import (
	"slices"
	"strings"

	"github.com/imsx/imsx/emulator/aem"
	"github.com/imsx/imsx/emulator/journal"
)

// ladders are the checks that the identity service makes of a request that passes them all, so that a ladder can show
// those that were not reached. Checks that only some clients meet (the throttle, jti) are left out.
var ladders = map[string][]string{
	"exchange":           append([]string{"client", "client secret", "grant"}, assertionLadder...),
	"client_credentials": {"client", "client secret", "grant", "scope"},
}

// assertionLadder is the part of the ladder that is about the assertion itself.
var assertionLadder = []string{
	"assertion decodes", "exp and jti are integers", "not expired", "claims are well formed", "audience", "binding",
	"signature", "metascopes",
}

// aemLadder are AEM's checks without the one that only some routes have.
var aemLadder = slices.DeleteFunc(aem.Checks(), func(name string) bool { return name == aem.CheckAPIKey })

// ladderOf returns the usual checks of such a request, nil if they are not known.
func ladderOf(e journal.Entry) []string {
	if strings.HasPrefix(e.Service, "aem") {
		return aemLadder
	}
	name := e.Route
	if name == "token" {
		name = fieldOf(e, "grant_type")
	}
	return ladders[name]
}

// fieldOf returns a field that the request sent, or "".
func fieldOf(e journal.Entry, name string) string {
	for _, f := range e.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}
