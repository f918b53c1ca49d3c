package credentials

import (
	"fmt"
	"time"

	"github.com/imsx/imsx/secret"
)

// refusal is a credential that was recognised and cannot be used.
type refusal struct {
	err  *Error
	kind Kind
	// name, clientID and account are what a selector may match.
	name, clientID, account string
}

func (r *reader) refuse(f refusal) {
	f.err = f.err.at("", r.source)
	r.refused = append(r.refused, f)
}

// resolve makes credentials of everything that was gathered.
func (r *reader) resolve() *Set {
	set := &Set{current: r.current, Source: r.source}
	if len(r.pending) > 0 {
		set.Format = r.pending[0].shape.format
	}
	beside := r.keyBeside()
	for i := range r.pending {
		for _, c := range r.credentialsOf(&r.pending[i], beside) {
			set.add(c)
		}
	}
	set.refused = r.refused
	return set
}

// credentialsOf returns the usable credentials that v makes: two if it is complete for two kinds. If there is none,
// what stands against the likeliest kind is noted as a refusal.
func (r *reader) credentialsOf(v *values, beside *keyFile) []*Credentials {
	var (
		usable []*Credentials
		worst  *refusal
	)
	for _, kind := range v.kinds() {
		c, err := r.credential(v, kind, beside)
		if err == nil {
			usable = append(usable, c)
			continue
		}
		f := refusal{err: err.at(v.shape.format, ""), kind: kind, name: v.name, clientID: v.clientID, account: v.account}
		switch {
		case err.Reason != ReasonMissingFields:
			r.refuse(f)
		case worst == nil || len(err.Missing) < len(worst.err.Missing):
			worst = &f
		}
	}
	if len(usable) == 0 && worst != nil {
		r.refuse(*worst)
	}
	return usable
}

// maxEntries bounds the lists of one credential. Adobe allows two secrets, and the longest lists of scopes have a few
// dozen.
const maxEntries = 500

func (r *reader) credential(v *values, kind Kind, beside *keyFile) (*Credentials, *Error) {
	missing, keyMissing := v.missing(kind)
	if keyMissing && r.opts.KeyFile == "" && beside == nil {
		missing = append(missing, v.keyName())
	}
	if len(missing) > 0 {
		return nil, missingFields(v.shape.format, v.name, missing)
	}
	if len(v.secrets) > maxEntries || len(v.scopes) > maxEntries || len(v.metascopes) > maxEntries {
		return nil, newError(ReasonBadField, fmt.Sprintf("a list of secrets or scopes has more than %d entries", maxEntries), hintDownload)
	}
	endpoint, problem := parseEndpoint(v.endpoint)
	if problem != "" {
		return nil, badField(v.shape.endpoint[0], problem, "write the host name of IMS, such as ims-na1.adobelogin.com")
	}
	c := v.credentials(kind, endpoint)
	c.Source = r.source
	c.allowHosts = r.opts.AllowHosts
	c.notes = append(c.notes, r.notes...)
	if kind == KindAccessToken && !plainToken(c.AccessToken.Reveal()) {
		return nil, badField(v.shape.token[0], "is not an access token", hintDownload)
	}
	if kind != KindServiceAccount {
		return c, nil
	}
	return c, r.addKey(c, v, beside)
}

func badField(name, problem, hint string) *Error {
	return newError(ReasonBadField, fmt.Sprintf("the field %s %s", name, problem), hint)
}

// plainToken reports whether s can stand in an Authorization header (RFC 6750, section 2.1, without its restriction
// of the alphabet).
func plainToken(s string) bool {
	if s == "" || len(s) > 64<<10 {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// addKey reads the key of v, from wherever it is, with its certificate.
func (r *reader) addKey(c *Credentials, v *values, beside *keyFile) *Error {
	pass := r.opts.Passphrase
	if pass.IsZero() {
		pass = secret.New(v.passphrase)
	}
	found, err := r.findKey(v, beside)
	if err != nil {
		return err
	}
	signer, encoding, err := parseKey(found.text, pass, &r.work)
	if err != nil {
		if found.path == "" {
			return err
		}
		c := *err
		c.what = found.shown + ": " + c.what
		return &c
	}
	key := Key{Signer: signer, Encoding: encoding}
	c.notes = append(c.notes, found.notes...)
	cert := v.cert
	if cert == "" {
		cert = string(found.certificate)
	}
	var note *Finding
	if key.Certificate, note = parseCertificate(cert); note != nil {
		c.notes = append(c.notes, *note)
	}
	c.notes = append(c.notes, key.setExpiry(v.certEnd)...)
	c.Keys = []Key{key}
	return nil
}

// setExpiry fills in the end of the certificate, of which the certificate itself knows best.
func (k *Key) setExpiry(certEnd string) []Finding {
	var notes []Finding
	if certEnd != "" {
		end, err := time.Parse(time.RFC3339, certEnd)
		if err != nil {
			notes = append(notes, Finding{SeverityWarning, CodeCertificateUnreadable,
				"The field certificateExpirationDate is not a date.", "Look up the end of the certificate in the console."})
		}
		k.declared = end.UTC()
	}
	k.Expires = k.declared
	if k.Certificate != nil {
		k.Expires = k.Certificate.NotAfter.UTC()
	}
	return notes
}
