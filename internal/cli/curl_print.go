package cli

import "strings"

// curlLine returns the command line for curl itself. Where the token would stand it has the variable that imsx exec sets.
func curlLine(fl curlFlags, address, caFile, apiKey string) string {
	words := []string{"curl"}
	add := func(flag, value string) { words = append(words, flag, shellWord(value)) }
	if fl.method != "" {
		add("-X", fl.method)
	}
	words = append(words, "-H", `"Authorization: Bearer $`+defaultVariable+`"`)
	if apiKey != "" {
		add("-H", "X-Api-Key: "+apiKey)
	}
	for _, h := range fl.headers {
		add("-H", h)
	}
	for _, d := range fl.data {
		add(dataFlagNames[d.kind], d.value)
	}
	for _, f := range fl.form {
		add("-F", f)
	}
	for _, o := range []struct{ flag, value string }{
		{"-T", fl.upload}, {"-o", fl.output}, {"-A", fl.agent}, {"--cacert", caFile},
	} {
		if o.value != "" {
			add(o.flag, o.value)
		}
	}
	for _, b := range []struct {
		flag string
		on   bool
	}{{"-i", fl.include}, {"-I", fl.head}, {"-G", fl.get}, {"-f", fl.fail}, {"-s", fl.silent}, {"-S", fl.showErr}} {
		if b.on {
			words = append(words, b.flag)
		}
	}
	return strings.Join(append(words, shellWord(address)), " ")
}

// shellWord quotes text for a POSIX shell where that is needed.
func shellWord(text string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=@,%+", r)
	}
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
