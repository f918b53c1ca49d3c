package credentials

import (
	"slices"
	"strings"
)

// FromEnviron reads credentials from settings of the form "NAME=value", as os.Environ gives them. Only whole sets of
// names that belong together are taken; a set with very general names, such as CLIENT_ID, is passed over unless all
// of it is there. A variable whose value is the whole JSON of AEM service credentials counts as a set. When nothing
// is found the error has [ReasonNoMatch] and names the sets that were looked for.
//
// The package itself never looks at the environment of the process.
func FromEnviron(environ []string, opts Options) (*Set, error) {
	var settings []setting
	for _, s := range environ {
		if name, value, ok := strings.Cut(s, "="); ok && name != "" {
			settings = append(settings, setting{name, value})
		}
	}
	r := newReader(opts, "")
	r.environ = true
	return r.run(func() *Error { return r.settings(settings) })
}

// settings reads the sets of variables in env.
func (r *reader) settings(env []setting) *Error {
	o := make(object, len(env))
	for _, s := range env {
		o[s.name] = s.value
	}
	var partial []values
	for _, set := range envSets {
		v := set.shape.read(o)
		v.name = ""
		switch {
		case v.clientID == "" && v.token == "":
		case v.complete():
			r.pending = append(r.pending, v)
		case !set.common || !r.environ:
			partial = append(partial, v)
		}
	}
	if ims := contextsOf(env); ims != nil {
		if err := r.contexts(ims); err != nil && !r.environ {
			return err
		}
	}
	r.embedded(env)
	if len(r.pending) > 0 {
		return nil
	}
	if len(partial) > 0 {
		r.pending = append(r.pending, leastMissing(partial))
		return nil
	}
	// The formats with one level of names can stand in such lines too: imscli's configuration in TOML, say.
	if !r.environ && r.flat(o) == nil {
		return nil
	}
	return nothingInEnviron()
}

// complete reports whether v lacks nothing for one of its kinds. A plain access token counts only under the names
// that its tool documents.
func (v *values) complete() bool {
	for _, kind := range v.kinds() {
		if names, key := v.missing(kind); len(names) == 0 && !key {
			return kind != KindAccessToken || v.shape.format == FormatIMSCLI
		}
	}
	return false
}

// leastMissing returns the values that lack the fewest fields.
func leastMissing(all []values) values {
	count := func(v values) int {
		names, _ := v.missing(v.kinds()[0])
		return len(names)
	}
	return slices.MinFunc(all, func(a, b values) int { return count(a) - count(b) })
}

func nothingInEnviron() *Error {
	labels := make([]string, 0, len(envSets)+1)
	for _, s := range envSets {
		labels = append(labels, s.label)
	}
	labels = append(labels, contextSet)
	return newError(ReasonNoMatch, "no complete set of variables among "+strings.Join(labels, "; "),
		"set all variables of one of these sets, or give a credential file")
}

// embedded takes settings whose value is the JSON of AEM service credentials.
func (r *reader) embedded(env []setting) {
	for _, s := range env {
		if len(s.value) > maxInput || !strings.HasPrefix(strings.TrimSpace(s.value), "{") {
			continue
		}
		v, err := parseJSON([]byte(s.value))
		o, ok := v.(object)
		if err != nil || !ok {
			continue
		}
		if inner, wrapped := o["integration"].(object); wrapped {
			o = inner
		}
		if isObject(o["technicalAccount"]) && isText(o["privateKey"]) {
			r.pending = append(r.pending, shapeAEM.read(o))
		}
	}
}

// contextsOf rebuilds aio's object "ims" from settings that spell its paths: AIO_ and then the levels, joined by one
// underscore; two underscores stand for one. It returns nil if there are none.
func contextsOf(env []setting) object {
	contexts, config := object{}, object{}
	for _, s := range env {
		path := aioPath(s.name)
		switch {
		case len(path) == 3 && path[0] == "ims" && path[1] == "config" && path[2] == "current":
			config["current"] = s.value
		case len(path) == 4 && path[0] == "ims" && path[1] == "contexts":
			contextOf(contexts, path[2])[path[3]] = s.value
		case len(path) == 5 && path[0] == "ims" && path[1] == "contexts" && path[3] == "access_token" && path[4] == "token":
			contextOf(contexts, path[2])["access_token"] = s.value
		}
	}
	if len(contexts) == 0 {
		return nil
	}
	return object{"contexts": contexts, "config": config}
}

func contextOf(contexts object, name string) object {
	o, ok := contexts[name].(object)
	if !ok {
		o = object{}
		contexts[name] = o
	}
	return o
}

// aioPath splits the name of a variable as aio does. Names written all in capitals mean lower-case paths.
func aioPath(name string) []string {
	if len(name) < 4 || !strings.EqualFold(name[:4], "AIO_") {
		return nil
	}
	rest := name[4:]
	if rest == strings.ToUpper(rest) {
		rest = strings.ToLower(rest)
	}
	parts := strings.Split(strings.ReplaceAll(rest, "__", "\x00"), "_")
	for i := range parts {
		parts[i] = strings.ReplaceAll(parts[i], "\x00", "_")
	}
	return parts
}
