package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// configFile is the user's configuration: credentials under names of their own.
type configFile struct {
	// Default is the profile that is used when nothing else names credentials.
	Default  string             `yaml:"default"`
	Profiles map[string]profile `yaml:"profiles"`
	// Cache is where tokens rest between processes.
	Cache cacheConfig `yaml:"cache"`
}

// profile says where the credentials are and what belongs to them. Relative paths begin at the configuration file, those
// with ~/ at the user's home folder.
type profile struct {
	Credentials string   `yaml:"credentials"`
	Select      string   `yaml:"select"`
	KeyFile     string   `yaml:"key_file"`
	CAFile      string   `yaml:"ca_file"`
	AllowHosts  []string `yaml:"allow_hosts"`
	Scopes      []string `yaml:"scopes"`
	// AEM is the URL of the AEM instance that the credentials are for.
	AEM string `yaml:"aem"`
}

// configPath returns $IMSX_CONFIG, or the file in the user's configuration directory.
func (a *app) configPath() (string, error) {
	if path := a.getenv("IMSX_CONFIG"); path != "" {
		return path, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "imsx", "config.yaml"), nil
}

// loadConfig reads the configuration; a missing file is an empty one.
func (a *app) loadConfig() (configFile, string, error) {
	var cfg configFile
	path, err := a.configPath()
	if err != nil {
		return cfg, "", nil //nolint:nilerr // without a home there is no configuration
	}
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return cfg, path, nil
	case err != nil:
		return cfg, path, &inputError{fmt.Errorf("reading the configuration: %w", err)}
	}
	if cfg, err = parseConfig(data); err != nil {
		return cfg, path, &problem{
			exit: exitUsage, Code: "unreadable", Message: fmt.Sprintf("configuration %s: %v", path, err),
			Hint: "correct the file, or name another one with IMSX_CONFIG",
		}
	}
	return cfg, path, nil
}

// parseConfig reads the text of a configuration file; one without content is empty.
func parseConfig(data []byte) (configFile, error) {
	var cfg configFile
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&cfg); err != nil && !errors.Is(err, io.EOF) {
		return configFile{}, errors.New(configFault(err))
	}
	return cfg, nil
}

// configKeys returns the keys of the file, of a profile and of the cache.
func configKeys() []string {
	var keys []string
	for _, t := range []reflect.Type{reflect.TypeFor[configFile](), reflect.TypeFor[profile](), reflect.TypeFor[cacheConfig]()} {
		for i := range t.NumField() {
			keys = append(keys, t.Field(i).Tag.Get("yaml"))
		}
	}
	return keys
}

// configFault rewrites the decoder's error: one line, a guess at a misspelt key, and no value of the file.
func configFault(err error) string {
	var wrong *yaml.TypeError
	if !errors.As(err, &wrong) || len(wrong.Errors) == 0 {
		return strings.TrimPrefix(err.Error(), "yaml: ")
	}
	line, _, _ := strings.Cut(wrong.Errors[0], ":")
	_, rest, unknown := strings.Cut(wrong.Errors[0], ": field ")
	if !unknown {
		return line + ": a value of the wrong kind"
	}
	key, _, _ := strings.Cut(rest, " ")
	msg := fmt.Sprintf("%s: unknown key %q", line, key)
	if near := nearest(key, configKeys()); near != "" {
		msg += fmt.Sprintf(", did you mean %q?", near)
	}
	return msg
}

// namedProfile returns the profile called name with its paths made absolute.
func (a *app) namedProfile(cfg configFile, path, name string) (profile, error) {
	p, ok := cfg.Profiles[name]
	if !ok {
		names := slices.Sorted(maps.Keys(cfg.Profiles))
		hint := fmt.Sprintf("the configuration %s has no profiles", path)
		if len(names) > 0 {
			hint = "the profiles are: " + strings.Join(names, ", ")
		}
		return profile{}, usagef("no profile is called %q", name).withHint(hint)
	}
	if p.Credentials == "" {
		return profile{}, usagef("profile %q in %s names no credentials", name, path)
	}
	for _, f := range []*string{&p.Credentials, &p.KeyFile, &p.CAFile} {
		if err := besideConfig(path, f); err != nil {
			return profile{}, err
		}
	}
	return p, nil
}

// besideConfig makes the path of a file absolute that the configuration file at config names: "~/" is the user's home,
// and what is relative is relative to the configuration file.
func besideConfig(config string, file *string) error {
	if rest, ok := strings.CutPrefix(*file, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return &inputError{fmt.Errorf("%q in %s: %w", *file, config, err)}
		}
		*file = filepath.Join(home, rest)
	}
	if *file != "" && !filepath.IsAbs(*file) {
		*file = filepath.Join(filepath.Dir(config), *file)
	}
	return nil
}

// nearest returns the candidate that is at most two edits away from word, and fewer than word is long, or "".
func nearest(word string, candidates []string) string {
	best, found := min(3, len(word)), "" // a short word is alike to many
	for _, c := range candidates {
		if d := editDistance(word, c); d < best {
			best, found = d, c
		}
	}
	return found
}

// editDistance counts the insertions, deletions and replacements between two short words.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
