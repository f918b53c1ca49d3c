package doctor

import (
	"fmt"
	"strings"
)

// About is what a bundle says of the program and the machine.
type About struct {
	// Version, Go, System are the versions of imsx and of Go, and the system, such as "linux/amd64".
	Version, Go, System string
	// Flags are the names of the flags that were given, without their values.
	Flags []string
}

// Bundle returns the report as a Markdown text that can be shown to everybody: it holds no secret in any form, and
// identifiers, paths, addresses, names and hosts that are not Adobe's are shortened or left out. Fingerprints of
// certificates have their first 16 digits.
func (r Report) Bundle(about About) string {
	var b strings.Builder
	b.WriteString("# imsx doctor\n\n")
	fmt.Fprintf(&b, "- version: %s, %s, %s\n", about.Version, about.Go, about.System)
	if len(about.Flags) > 0 {
		fmt.Fprintf(&b, "- flags: %s\n", strings.Join(about.Flags, " "))
	}
	fmt.Fprintf(&b, "- verdict: %s\n", r.Verdict.Text)
	for _, v := range r.Environment {
		fmt.Fprintf(&b, "- %s: %s\n", v.Name, v.Value)
	}
	b.WriteString("\nIdentifiers are shortened, secrets are not in here.\n\n## Rungs\n\n")
	for _, rung := range r.Rungs {
		rung.bundle(&b)
	}
	return r.hide.clean(b.String())
}

func (r Rung) bundle(b *strings.Builder) {
	fmt.Fprintf(b, "- **%s** %s (`%s`): %s\n", r.State, r.Title, r.ID, oneLine(r.Seen))
	if r.State == StateOK || r.State == StateSkipped {
		return
	}
	fmt.Fprintf(b, "  - cause: `%s`\n", r.Cause)
	for _, line := range []struct{ label, text string }{{"meaning", r.Meaning}, {"to do", r.Remedy}} {
		if line.text != "" {
			fmt.Fprintf(b, "  - %s: %s\n", line.label, oneLine(line.text))
		}
	}
	for _, f := range r.Facts {
		fmt.Fprintf(b, "  - %s: %s\n", f.Name, oneLine(f.Value))
	}
	if r.File != nil {
		fmt.Fprintf(b, "\n  `%s`:\n\n  ```yaml\n  %s\n  ```\n", r.File.Path,
			strings.ReplaceAll(strings.TrimSpace(r.File.Content), "\n", "\n  "))
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
