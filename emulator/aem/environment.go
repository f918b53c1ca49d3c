package aem

import (
	"fmt"
	"strings"
)

// Tier is the part of an environment that a host belongs to.
type Tier string

// The tiers.
const (
	Author  Tier = "author"
	Publish Tier = "publish"
)

// EnvironmentID names an environment of a program, as in host names and client ids: "p11111-e22222".
type EnvironmentID string

// maxID bounds the digits of a program's or an environment's number.
const maxID = 20

func (id EnvironmentID) check() error {
	program, environment, ok := strings.Cut(string(id), "-")
	if !ok || !isNumber(program, 'p') || !isNumber(environment, 'e') {
		return fmt.Errorf("the environment id %q is not like p11111-e22222", short(string(id)))
	}
	return nil
}

// Host returns the environment's host name at Adobe: "author-p11111-e22222.adobeaemcloud.com".
func (id EnvironmentID) Host(tier Tier) string {
	return string(tier) + "-" + string(id) + ".adobeaemcloud.com"
}

// isNumber reports whether s is the letter and some digits.
func isNumber(s string, letter byte) bool {
	if len(s) < 2 || len(s) > 1+maxID || s[0] != letter {
		return false
	}
	return strings.Trim(s[1:], "0123456789") == ""
}

// splitHost reads the tier and the environment from the first label of a host, whatever the domain.
func splitHost(host string) (Tier, EnvironmentID, bool) {
	label, _, _ := strings.Cut(strings.ToLower(host), ".")
	label, _, _ = strings.Cut(label, ":")
	tier, id, _ := strings.Cut(label, "-")
	if t := Tier(tier); t != Author && t != Publish || EnvironmentID(id).check() != nil {
		return "", "", false
	}
	return Tier(tier), EnvironmentID(id), true
}

// clientEnvironment returns the environment that a client belongs to by its id, if it tells: those of service
// credentials and of the developer console are like cm-p1-e2-integration-0 and cm-p1-e2.
func clientEnvironment(clientID string) (EnvironmentID, bool) {
	rest, ok := strings.CutPrefix(clientID, "cm-")
	parts := strings.SplitN(rest, "-", 3)
	if !ok || len(parts) < 2 {
		return "", false
	}
	id := EnvironmentID(parts[0] + "-" + parts[1])
	return id, id.check() == nil
}
