package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"slices"

	"github.com/imsx/imsx/credentials"
)

// file looks for the credentials without reading them.
func (c *climber) file(_ context.Context, r *Rung) {
	in := c.cfg.Input
	r.fact("named by", in.From)
	if in.Err != nil {
		r.refuse(in.Err)
		r.Remedy = in.Hint
		return
	}
	if in.Path == "" {
		r.skip("the credentials do not stand in a file of their own")
		return
	}
	info, err := os.Stat(in.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.breaks(ClassInput, CauseFileMissing, "%s: there is no such file", in.Path)
	case err != nil:
		r.breaks(ClassInput, CauseFileUnreadable, "%s: %v", in.Path, bare(err))
	case info.IsDir():
		r.see("%s, a folder", in.Path)
	case info.Mode().IsRegular():
		r.see("%s, %s", in.Path, count(int(info.Size()), "byte"))
	default:
		r.see("%s, a pipe or a device", in.Path)
	}
}

// bare takes the path off an error of the file system.
func bare(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// readable reads the credentials. What is wrong with their content is for the rungs above.
func (c *climber) readable(_ context.Context, r *Rung) {
	c.set, c.setErr = c.cfg.Input.Read()
	if c.setErr != nil {
		c.credErr = c.setErr
		if e, ok := errors.AsType[*credentials.Error](c.setErr); !ok || e.Reason == credentials.ReasonUnreadable {
			r.breaks(ClassInput, CauseFileUnreadable, "%v", c.setErr)
			return
		}
		r.see("the content was read")
		return
	}
	c.cred, c.credErr = c.set.Select(c.cfg.Input.Selector)
	r.see("the content was read")
	if c.cred != nil {
		c.hide.credential(c.cred)
		c.hide.path(c.cred.Source)
	}
}

// mode looks at who else may read the file.
func (c *climber) mode(_ context.Context, r *Rung) {
	path := c.cfg.Input.Path
	if c.cred != nil && c.cred.Source != "" {
		path = c.cred.Source
	}
	info, err := os.Stat(orDot(path))
	switch {
	case path == "":
		r.skip("there is no file")
	case runtime.GOOS == "windows":
		r.skip("Windows keeps permissions elsewhere than in mode bits")
	case err != nil || !info.Mode().IsRegular():
		r.skip("it is not a regular file")
	case info.Mode().Perm()&0o004 != 0:
		r.warn(CauseFileMode, "every user of this machine can read %s (mode %04o)", path, info.Mode().Perm())
		r.fact("run", "chmod 600 "+path)
	case info.Mode().Perm()&0o040 != 0:
		r.see("mode %04o: the file's group can read it as well", info.Mode().Perm())
	default:
		r.see("mode %04o", info.Mode().Perm())
	}
}

// orDot keeps an empty path from being an error of its own.
func orDot(path string) string {
	if path == "" {
		return "."
	}
	return path
}

// The reasons for which reading ends on the rungs above the format.
var (
	aboutKey = []credentials.Reason{
		credentials.ReasonBadKey, credentials.ReasonNotRSA, credentials.ReasonPassphraseNeeded,
		credentials.ReasonWrongPassphrase, credentials.ReasonKeyFile,
	}
	aboutContent = []credentials.Reason{
		credentials.ReasonMissingFields, credentials.ReasonBadField, credentials.ReasonAmbiguous,
		credentials.ReasonNoMatch,
	}
)

// credReason returns why there is no credential; empty if there is one.
func (c *climber) credReason() credentials.Reason {
	if e, ok := errors.AsType[*credentials.Error](c.credErr); ok {
		return e.Reason
	}
	return ""
}

func (c *climber) format(_ context.Context, r *Rung) {
	reason := c.credReason()
	if reason != "" && !slices.Contains(aboutKey, reason) && !slices.Contains(aboutContent, reason) {
		r.refuse(c.credErr)
		return
	}
	var format credentials.Format
	switch e, _ := errors.AsType[*credentials.Error](c.credErr); {
	case c.cred != nil:
		format = c.cred.Format
	case c.set != nil:
		format = c.set.Format
	case e != nil:
		format = e.Format
	}
	if format == "" {
		r.see("known")
		return
	}
	r.see("%s", format.Title())
	r.fact("comes from", format.Console())
}

// complete looks at the fields beside the key.
func (c *climber) complete(_ context.Context, r *Rung) {
	if slices.Contains(aboutContent, c.credReason()) {
		r.refuse(c.credErr)
		e, _ := errors.AsType[*credentials.Error](c.credErr) // is one, for it has a reason
		for _, field := range e.Missing {
			r.fact("missing", field)
		}
		return
	}
	if c.cred == nil {
		r.see("all fields are there")
		return
	}
	cr := c.cred
	r.see("%s", cr.Kind.Title())
	r.fact("client id", cr.ClientID)
	r.fact("organization", cr.Organization)
	r.fact("technical account", cr.TechnicalAccountID)
	r.fact("AEM login name", cr.TechnicalAccountEmail)
	for _, f := range cr.Check(c.cfg.now()) {
		switch f.Code {
		case credentials.CodeSubjectIsEmail, credentials.CodeSubjectUnusual, credentials.CodeIssuerNotOrganization,
			credentials.CodeEndpointNotAdobe, credentials.CodeEndpointPlainHTTP, credentials.CodeStageSecret,
			credentials.CodeProductionSecret:
			r.finding(f)
			if f.Code == credentials.CodeEndpointNotAdobe {
				r.fact("to allow it", "--allow-host "+hostOf(cr.Endpoint))
			}
		case credentials.CodeRetirement:
			if f.Severity != credentials.SeverityInfo {
				r.finding(f)
			}
		}
	}
}
