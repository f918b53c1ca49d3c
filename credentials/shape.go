package credentials

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/imsx/imsx/secret"
)

// shape tells how a format spells the fields of a credential. Each field has several spellings; the first is the one
// named when the field is missing. A dot goes one object deeper.
type shape struct {
	format Format
	fold   bool // names are compared without regard to case; the spellings here are in lower case

	clientID, secrets, org, account, email []string
	metascopes, scopes                     []string
	key, keyFile, passphrase               []string
	cert, certEnd                          []string
	endpoint, token                        []string

	// fixedMetascopes stand in where the format has no field for them, or leaves them out.
	fixedMetascopes []string
	// sharedScopes says that the field of the scopes holds the metascopes when there is a private key.
	sharedScopes bool
}

// values are the fields of a credential as a format gave them, tidied but not judged.
type values struct {
	shape *shape
	name  string

	clientID, org, account, email string
	secrets, metascopes, scopes   []string
	key, keyFile, passphrase      string
	cert, certEnd                 string
	endpoint, token               string
}

// read takes the fields of s out of o.
func (s *shape) read(o object) values {
	if s.fold {
		o = foldNames(o)
	}
	v := values{
		shape:      s,
		clientID:   text(lookup(o, s.clientID)),
		org:        text(lookup(o, s.org)),
		account:    text(lookup(o, s.account)),
		email:      text(lookup(o, s.email)),
		metascopes: bareMetascopes(list(lookup(o, s.metascopes))),
		scopes:     unique(list(lookup(o, s.scopes))),
		key:        lines(lookup(o, s.key)),
		keyFile:    text(lookup(o, s.keyFile)),
		passphrase: rawText(lookup(o, s.passphrase)),
		cert:       lines(lookup(o, s.cert)),
		certEnd:    text(lookup(o, s.certEnd)),
		endpoint:   text(lookup(o, s.endpoint)),
		token:      text(lookup(o, s.token)),
	}
	for _, name := range s.secrets {
		v.secrets = append(v.secrets, secretList(name, find(o, name))...)
	}
	v.secrets = unique(v.secrets)
	if v.key == "" && v.keyFile == "" {
		return v
	}
	if s.sharedScopes && len(v.metascopes) == 0 {
		v.metascopes, v.scopes = bareMetascopes(v.scopes), nil
	}
	if len(v.metascopes) == 0 {
		v.metascopes = s.fixedMetascopes
	}
	return v
}

// kinds lists what the fields hint at, the more likely kind last. It is never empty.
func (v *values) kinds() []Kind {
	s := v.shape
	account := len(v.metascopes) > 0 || v.key != "" || v.keyFile != ""
	server := len(s.scopes) > 0 && (len(v.scopes) > 0 || len(v.secrets) > 1)
	switch {
	case account && server:
		return []Kind{KindServiceAccount, KindServerToServer}
	case account:
		return []Kind{KindServiceAccount}
	case server:
		return []Kind{KindServerToServer}
	case v.token != "" && (v.clientID == "" || len(v.secrets) == 0):
		return []Kind{KindAccessToken}
	case len(s.clientID) == 0:
		return []Kind{KindAccessToken}
	case len(s.scopes) == 0 || v.account != "" && len(s.metascopes) > 0 && s.format != FormatOAuthServerToServer:
		return []Kind{KindServiceAccount}
	}
	return []Kind{KindServerToServer}
}

// missing lists the required fields of kind that lack, as the format spells them. The key is told apart, because it
// can come from elsewhere.
func (v *values) missing(kind Kind) (names []string, key bool) {
	need := func(has bool, spellings []string, otherwise string) {
		if has {
			return
		}
		if len(spellings) > 0 {
			otherwise = spellings[0]
		}
		names = append(names, otherwise)
	}
	if kind == KindAccessToken {
		need(v.token != "", v.shape.token, "access token")
		return names, false
	}
	need(v.clientID != "", v.shape.clientID, "client id")
	secrets := v.shape.secrets
	if kind == KindServiceAccount && len(secrets) > 1 {
		secrets = secrets[1:] // the first spelling is the plural, which service accounts do not have
	}
	need(len(v.secrets) > 0, secrets, "client secret")
	if kind == KindServerToServer {
		need(len(v.scopes) > 0, v.shape.scopes, "scopes")
		return names, false
	}
	need(v.org != "", v.shape.org, "organization id")
	need(v.account != "", v.shape.account, "technical account id")
	need(len(v.metascopes) > 0, v.shape.metascopes, "metascopes")
	return names, v.key == "" && v.keyFile == ""
}

// keyName is what the format calls the private key.
func (v *values) keyName() string {
	if names := slices.Concat(v.shape.key, v.shape.keyFile); len(names) > 0 {
		return names[0]
	}
	return "private key"
}

// credentials makes the part of a Credentials that needs no key.
func (v *values) credentials(kind Kind, endpoint string) *Credentials {
	c := &Credentials{
		Kind: kind, Format: v.shape.format, Name: v.name, Endpoint: endpoint, ClientID: v.clientID,
		Organization: v.org, TechnicalAccountID: v.account, TechnicalAccountEmail: v.email,
	}
	for _, s := range v.secrets {
		c.ClientSecrets = append(c.ClientSecrets, secret.New(s))
	}
	switch kind {
	case KindAccessToken:
		c.AccessToken = secret.New(strings.TrimPrefix(v.token, "Bearer "))
	case KindServiceAccount:
		c.Metascopes = slices.Clone(v.metascopes)
	case KindServerToServer:
		c.Scopes = slices.Clone(v.scopes)
	}
	return c
}

func foldNames(o object) object {
	folded := make(object, len(o))
	for _, name := range slices.Sorted(maps.Keys(o)) {
		folded[strings.ToLower(name)] = o[name]
	}
	return folded
}

// find follows a dotted path through objects.
func find(o object, path string) any {
	for {
		head, rest, deeper := strings.Cut(path, ".")
		v := o[head]
		if !deeper {
			return v
		}
		next, ok := v.(object)
		if !ok {
			return nil
		}
		o, path = next, rest
	}
}

// lookup returns the first of the spellings that has a value.
func lookup(o object, spellings []string) any {
	for _, name := range spellings {
		if v := find(o, name); !absent(v) {
			return v
		}
	}
	return nil
}

// absent reports whether v says nothing. Scripts write the words undefined and null where a variable was not set.
func absent(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		s := strings.TrimSpace(v)
		return s == "" || s == "undefined" || s == "null"
	case []any:
		return !slices.ContainsFunc(v, func(item any) bool { return !absent(item) })
	}
	return false
}

// rawText returns a text as it stands, and "" for anything else.
func rawText(v any) string {
	if absent(v) {
		return ""
	}
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// text returns a text without white space at its ends.
func text(v any) string { return strings.TrimSpace(rawText(v)) }

// lines returns a text, or the lines of an array joined.
func lines(v any) string {
	items, ok := v.([]any)
	if !ok {
		return rawText(v)
	}
	joined := make([]string, len(items))
	for i, item := range items {
		joined[i], _ = item.(string)
	}
	return strings.Join(joined, "\n")
}

// list returns the texts of an array, of the JSON text of an array, of the names in an object that are set to true, or
// of a text with commas or blanks.
func list(v any) []string {
	var out []string
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			if s := text(item); s != "" {
				out = append(out, s)
			}
		}
	case object:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if v[name] == true {
				out = append(out, name)
			}
		}
	case string:
		if items, ok := jsonArray(v); ok {
			return list(items)
		}
		split := func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) }
		for _, s := range strings.FieldsFunc(v, split) {
			if !absent(s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// jsonArray reads the JSON text of an array.
func jsonArray(s string) ([]any, bool) {
	if s = strings.TrimSpace(s); !strings.HasPrefix(s, "[") {
		return nil, false
	}
	v, err := parseJSON([]byte(s))
	items, ok := v.([]any)
	return items, err == nil && ok
}

// secretList returns the secrets in v. Only a name in the plural, or one that a tool documents so, holds a list with
// commas: a secret by itself may contain any character.
func secretList(name string, v any) []string {
	s, ok := v.(string)
	if !ok {
		return list(v)
	}
	if items, isArray := jsonArray(s); isArray {
		return list(items)
	}
	if name == "IMS_OAUTH_S2S_CLIENT_SECRET" || strings.HasSuffix(strings.ToLower(name), "secrets") {
		return list(s)
	}
	if s = text(s); s == "" {
		return nil
	}
	return []string{s}
}

// bareMetascopes strips what clients put before the name of a metascope: "/s/" or the origin and "/s/".
func bareMetascopes(names []string) []string {
	out := make([]string, 0, len(names))
	for _, s := range names {
		if i := strings.LastIndex(s, "/s/"); i >= 0 {
			s = s[i+len("/s/"):]
		}
		if s = strings.Trim(s, "/"); s != "" {
			out = append(out, s)
		}
	}
	return unique(out)
}

// unique returns s without repetitions, in the order of first occurrence.
func unique(s []string) []string {
	var out []string
	seen := make(map[string]bool, len(s))
	for _, v := range s {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}
