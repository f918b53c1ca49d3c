package console

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxPasted bounds what is read of a pasted text; a token has one or two kilobytes.
const maxPasted = 64 << 10

// member is one member of a JSON object, as it stands there.
type member struct {
	name  string
	value json.RawMessage
}

// jwt is a token or an assertion, taken apart. Nothing about it is verified.
type jwt struct {
	text            string
	header, payload []member
}

var (
	errNoToken  = errors.New("there are no three parts with dots between, as a token or an assertion has")
	errTooLong  = errors.New("the text is longer than 64 KiB")
	errEncoding = errors.New("the first two parts are not JSON objects in base64url")
)

// parsePasted finds the token or assertion in a pasted text and takes it apart.
func parsePasted(pasted string) (jwt, error) {
	if len(pasted) > maxPasted {
		return jwt{}, errTooLong
	}
	text := findToken(pasted)
	if strings.Count(text, ".") != 2 {
		return jwt{}, errNoToken
	}
	parts := strings.Split(text, ".")
	header, err := decodePart(parts[0])
	if err != nil {
		return jwt{}, err
	}
	payload, err := decodePart(parts[1])
	if err != nil {
		return jwt{}, err
	}
	return jwt{text, header, payload}, nil
}

// findToken looks into what people copy: a header, a JSON answer, a form field, a text in quotes or broken into lines.
func findToken(pasted string) string {
	text := strings.TrimSpace(pasted)
	if strings.HasPrefix(text, "{") {
		if found := tokenInJSON(text); found != "" {
			return found
		}
	}
	if i := strings.LastIndex(strings.ToLower(text), "bearer "); i >= 0 {
		text = text[i+len("bearer "):]
	}
	if _, value, ok := strings.Cut(text, "jwt_token="); ok {
		text, _, _ = strings.Cut(value, "&")
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n\"'`;,", r) {
			return -1
		}
		return r
	}, text)
}

// tokenMembers are the members under which JSON texts hold a token.
var tokenMembers = []string{"access_token", "accessToken", "jwt_token", "token", "refresh_token", "id_token"}

func tokenInJSON(text string) string {
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &object) != nil {
		return ""
	}
	for _, name := range tokenMembers {
		var s string
		if json.Unmarshal(object[name], &s) == nil && s != "" {
			return strings.TrimSpace(s)
		}
	}
	return ""
}

// decodePart reads one part as a JSON object, keeping the order of its members.
func decodePart(part string) ([]member, error) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(part, "="))
	if err != nil || !utf8.Valid(raw) {
		return nil, errEncoding
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, errEncoding
	}
	members := []member{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, errEncoding
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, errEncoding
		}
		key, _ := name.(string)
		members = append(members, member{key, value})
	}
	if _, err := dec.Token(); err != nil {
		return nil, errEncoding
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errEncoding
	}
	return members, nil
}

// claim returns the value of a claim, nil if it is absent.
func (t jwt) claim(name string) json.RawMessage {
	for _, m := range t.payload {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// text returns a claim that is a text, or "".
func (t jwt) textClaim(name string) string {
	var s string
	_ = json.Unmarshal(t.claim(name), &s)
	return s
}

// number returns a claim that is a whole number, or the digits of one as a text.
func (t jwt) number(name string) (int64, bool) {
	n, err := strconv.ParseInt(strings.Trim(string(t.claim(name)), `"`), 10, 64)
	return n, err == nil
}

// isToken reports whether t has the shape of what IMS issues, rather than of an assertion.
func (t jwt) isToken() bool {
	return t.claim("created_at") != nil || strings.HasSuffix(t.textClaim("type"), "_token") || t.textClaim("type") == "authorization_code"
}

func (t jwt) isAssertion() bool {
	return t.claim("iss") != nil || t.claim("sub") != nil || t.claim("aud") != nil
}

// milliseconds is from where on a number of seconds can only be one of milliseconds: the year 5138.
const milliseconds = 100_000_000_000

// moment reads a point in time in seconds, or in milliseconds if it is too great for seconds.
func moment(n int64) time.Time {
	if n >= milliseconds {
		return time.UnixMilli(n)
	}
	return time.Unix(n, 0)
}

// times says when a token or an assertion begins and ends, in words.
func (t jwt) times(now time.Time) []namedValue {
	var all []namedValue
	say := func(name string, at time.Time) {
		if y := at.UTC().Year(); y < 1970 || y > 9999 {
			all = append(all, namedValue{name, "not a time of this world"})
			return
		}
		all = append(all, namedValue{name, at.UTC().Format("2006-01-02 15:04:05 MST") + ", " + relative(at, now)})
	}
	created, hasCreated := t.number("created_at")
	if hasCreated {
		say("Issued", time.UnixMilli(created))
	} else if n, ok := t.number("iat"); ok {
		say("Issued", moment(n))
	}
	if lifetime, ok := t.number("expires_in"); ok && hasCreated {
		say("Ends", time.UnixMilli(created).Add(time.Duration(min(lifetime, maxDifference.Milliseconds()))*time.Millisecond))
	} else if n, ok := t.number("exp"); ok {
		say("Ends", moment(n))
	}
	return all
}

// claimView is one claim, with a remark where people stumble.
type claimView struct{ Name, Value, Note string }

func (t jwt) claims() []claimView {
	var all []claimView
	for _, m := range t.payload {
		all = append(all, claimView{m.name, plain(m.value), note(m)})
	}
	return all
}

func (t jwt) headerValues() []namedValue {
	var all []namedValue
	for _, m := range t.header {
		all = append(all, namedValue{m.name, plain(m.value)})
	}
	return all
}

// maxShownValue bounds how much of a value is shown.
const maxShownValue = 2000

// plain shows a JSON value: a text without its quotes, anything else as it stands.
func plain(raw json.RawMessage) string {
	text := string(raw)
	var s string
	if json.Unmarshal(raw, &s) == nil {
		text = s
	}
	if len(text) > maxShownValue {
		return strings.ToValidUTF8(text[:maxShownValue], "") + "…"
	}
	return text
}

// note is a remark about a claim.
func note(m member) string {
	isText := len(m.value) > 0 && m.value[0] == '"'
	n, err := strconv.ParseInt(strings.Trim(string(m.value), `"`), 10, 64)
	switch {
	case m.name == "exp" && isText:
		return "must be a number, not a text"
	case m.name == "exp" && err == nil && n >= milliseconds:
		return "in milliseconds; RFC 7519 has seconds. IMS evidently takes both"
	case m.name == "expires_in" && err == nil:
		return "in milliseconds: " + words(time.Duration(min(n, maxDifference.Milliseconds()))*time.Millisecond)
	case m.name == "iss" && !strings.HasSuffix(plain(m.value), "@AdobeOrg"):
		return "the organization ends in @AdobeOrg"
	case m.name == "sub" && !strings.HasSuffix(plain(m.value), "@techacct.adobe.com"):
		return "a technical account ends in @techacct.adobe.com"
	case m.name == "aud" && !strings.Contains(plain(m.value), "/c/"):
		return "is like https://{host}/c/{client_id}"
	case strings.Contains(m.name, "/s/") && string(m.value) != "true":
		return "a metascope counts only if it is true, without quotes"
	case strings.Contains(m.name, "/s/"):
		return "claims the metascope " + m.name[strings.Index(m.name, "/s/")+len("/s/"):]
	}
	return ""
}

// explanation is what the decoder says about a text.
type explanation struct {
	Kind, Word, Tone, Verdict, Advice string
	Ladder                            []rungView
	Times                             []namedValue
	Claims                            []claimView
	Header                            []namedValue
}

func unreadable(err error) explanation {
	return explanation{
		Kind: "Not readable", Word: "unreadable", Tone: "fail", Verdict: fmt.Sprintf("This cannot be read: %s.", err),
		Advice: "Copy the whole text, from eyJ to the end of the third part.",
	}
}
