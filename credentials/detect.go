package credentials

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxElements bounds how many credentials one input may hold. An AEM environment has at most ten technical accounts.
const maxElements = 1000

// value looks at a whole JSON value.
func (r *reader) value(v any, wrapped int) *Error {
	switch v := v.(type) {
	case object:
		return r.object(v)
	case []any:
		return r.elements(v)
	case string:
		if wrapped < maxWrapping {
			return r.text(v, wrapped+1)
		}
	}
	return unknownFormat()
}

// elements reads an array of credentials. One that is refused does not spoil the others.
func (r *reader) elements(items []any) *Error {
	if isKeyLines(items) {
		return r.pem(lines(items))
	}
	if len(items) == 0 {
		return newError(ReasonEmpty, "the JSON array is empty", hintDownload)
	}
	if len(items) > maxElements {
		return newError(ReasonMalformed, fmt.Sprintf("the JSON array has more than %d elements", maxElements), hintDownload)
	}
	for _, item := range items {
		o, ok := item.(object)
		if !ok {
			return unknownFormat()
		}
		if err := r.object(o); err != nil {
			r.refuse(refusal{err: err})
		}
	}
	return nil
}

func isKeyLines(items []any) bool {
	if len(items) == 0 {
		return false
	}
	first, ok := items[0].(string)
	return ok && strings.HasPrefix(strings.TrimSpace(first), "-----BEGIN ")
}

// object finds out what an object is. The order matters: what is wrapped comes before what is flat, and a saved
// answer is told from a credential before its fields are missed.
func (r *reader) object(o object) *Error {
	switch {
	case !absent(o["accessToken"]) && isText(o["accessToken"]) && absent(o["technicalAccount"]):
		return r.take(shapeLocalToken, o)
	case isObject(o["integration"]):
		return r.aem(o["integration"].(object))
	case isObject(o["technicalAccount"]):
		return r.aem(o)
	case isText(o["access_token"]) && (o["token_type"] != nil || o["expires_in"] != nil || o["client_id"] == nil):
		return newError(ReasonSavedTokenAnswer, "this is an answer of IMS with a token in it, not credentials",
			"give the credentials that the token was made from; the token itself ends within a day")
	case isSavedError(o):
		return savedError(o)
	case isArray(find(o, "project.workspace.details.credentials")):
		return r.project(o)
	case isObject(o["service_account_credentials"]), isObject(o["client_credentials"]):
		return r.take(shapePDF, o)
	case isArray(o["values"]):
		return r.postman(o)
	case isObject(find(o, "ims.contexts")):
		return r.contexts(o["ims"].(object))
	case isText(o["integration_json"]):
		return r.text(o["integration_json"].(string), maxWrapping)
	}
	return r.flat(o)
}

// aem reads the object of the AEM Developer Console.
func (r *reader) aem(o object) *Error {
	known := []string{"technicalAccount", "privateKey", "imsEndpoint", "metascopes", "org"}
	if absent(lookup(o, known)) {
		return unknownFormat()
	}
	return r.take(shapeAEM, o)
}

// flat reads the formats that are one level of names.
func (r *reader) flat(o object) *Error {
	folded := foldNames(o)
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return o[n] != nil })
	}
	switch {
	case has("CLIENT_ID", "API_KEY", "CLIENT_SECRETS", "TECHNICAL_ACCOUNT_ID"), text(o["TYPE"]) == "oauthservertoserver":
		return r.take(shapeUpperCase, o)
	case has("meta_scopes") || has("technical_account_id") && !has("client_secrets", "scopes"):
		return r.take(shapeConfig, o)
	case has("client_id", "client_secrets"):
		return r.take(shapeContext, o)
	case has("technicalAccountId", "metaScopes"):
		return r.take(shapeJWTAuth, o)
	case folded["clientid"] != nil:
		return r.take(shapeIMSCLI, o)
	case slices.ContainsFunc(slices.Collect(maps.Keys(o)), func(n string) bool { return strings.HasPrefix(n, "aio_") }):
		return r.take(shapeJava, o)
	}
	if _, empty := o["accessToken"]; empty {
		return r.take(shapeLocalToken, o)
	}
	return unknownFormat()
}

// take reads the fields of o and leaves them for resolve.
func (r *reader) take(s *shape, o object) *Error {
	r.pending = append(r.pending, s.read(o))
	return nil
}

// project reads the download of the Adobe Developer Console. The presence of an object decides on the kind of each
// entry, not its integration_type. Entries of other kinds, such as API keys, are passed over.
func (r *reader) project(o object) *Error {
	org := find(o, "project.org.ims_org_id")
	entries := find(o, "project.workspace.details.credentials").([]any)
	if len(entries) > maxElements {
		return newError(ReasonMalformed, fmt.Sprintf("the project has more than %d credentials", maxElements), hintDownload)
	}
	before := len(r.pending)
	for _, entry := range entries {
		e, ok := entry.(object)
		if !ok {
			continue
		}
		r.projectEntry(e, "oauth_server_to_server", shapeProjectOAuth, org)
		r.projectEntry(e, "jwt", shapeProjectJWT, org)
	}
	if len(r.pending) > before {
		return nil
	}
	e := newError(ReasonMissingFields, "the project has no server-to-server and no service account credential",
		"add an OAuth server-to-server credential to the project, then download it again")
	e.Format, e.Missing = FormatDeveloperConsoleProject, []string{"oauth_server_to_server"}
	return e
}

func (r *reader) projectEntry(entry object, name string, s *shape, org any) {
	o, ok := entry[name].(object)
	if !ok {
		return
	}
	v := s.read(o)
	v.name = text(entry["name"])
	if v.org == "" {
		v.org = text(org)
	}
	r.pending = append(r.pending, v)
}

// postman reads the variables of a Postman environment that are not switched off.
func (r *reader) postman(o object) *Error {
	flat := object{}
	for _, item := range o["values"].([]any) {
		v, ok := item.(object)
		if !ok || v["enabled"] == false || v["enabled"] == "false" {
			continue
		}
		if key := text(v["key"]); key != "" && !absent(v["value"]) {
			flat[key] = v["value"]
		}
	}
	if absent(lookup(flat, shapePostman.clientID)) && absent(lookup(flat, shapePostman.token)) {
		return unknownFormat()
	}
	v := shapePostman.read(flat)
	v.name = text(o["name"])
	r.pending = append(r.pending, v)
	return nil
}

// contexts reads aio's IMS contexts, ims being the object that holds them.
func (r *reader) contexts(ims object) *Error {
	all := ims["contexts"].(object)
	r.current = text(find(ims, "config.current"))
	before := len(r.pending)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		o, ok := all[name].(object)
		if !ok {
			continue
		}
		v := shapeContext.read(o)
		v.name = name
		if v.clientID != "" || v.token != "" {
			r.pending = append(r.pending, v)
		}
	}
	if len(r.pending) == before {
		e := newError(ReasonMissingFields, "no IMS context with a client id or a token", "set up a context with aio first")
		e.Format, e.Missing = FormatAIOContext, []string{"client_id"}
		return e
	}
	return nil
}

// isSavedError tells the error answer of a console or of IMS. Every format with a field of these names was
// recognised before.
func isSavedError(o object) bool {
	status := text(o["statusCode"])
	return o["ok"] == false || status != "" && status != "200" || isText(o["error"]) || isText(o["error_code"])
}

// savedError says what a saved error answer was. Only the status is repeated: the rest of the answer is not known to
// be free of secrets.
func savedError(o object) *Error {
	if isText(o["error"]) && isText(o["error_description"]) {
		return newError(ReasonSavedError, "this is an error answer of IMS, not credentials",
			"give the credentials that the request was made with")
	}
	what := "this is a saved error answer, not credentials"
	if n, ok := o["statusCode"].(json.Number); ok && len(n) == 3 {
		what = fmt.Sprintf("this is a saved error answer (status %s), not credentials", n)
	}
	return newError(ReasonSavedError, what, "sign in to the console again and repeat the download")
}

func isText(v any) bool   { _, ok := v.(string); return ok }
func isObject(v any) bool { _, ok := v.(object); return ok }
func isArray(v any) bool  { _, ok := v.([]any); return ok }
