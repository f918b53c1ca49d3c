package cli

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/imsx/imsx/credentials"
)

// completing reports whether a shell asks for what can come next.
func (a *app) completing() bool {
	return len(a.args) > 0 && strings.HasPrefix(a.args[0], cobra.ShellCompRequestCmd) // or the same without descriptions
}

// completeFlags says what the values of all flags can be, for a command and those below it. What stands for the value in
// the help decides, unless the values are known.
func (a *app) completeFlags(cmd *cobra.Command) {
	known := map[string]cobra.CompletionFunc{
		"profile": a.profileNames,
		"select": cobra.FixedCompletions([]cobra.Completion{
			string(credentials.KindServiceAccount), string(credentials.KindServerToServer), string(credentials.KindAccessToken),
		}, cobra.ShellCompDirectiveNoFileComp),
		"cache": cobra.FixedCompletions([]cobra.Completion{"none", "memory", "file", "redis://", "rediss://"},
			cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace),
	}
	for flag, values := range doctorValues {
		known[flag] = cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
	}
	complete := func(f *pflag.Flag) {
		values, ok := known[f.Name]
		if kind, _ := pflag.UnquoteUsage(f); !ok {
			switch {
			case strings.Contains(kind, "FILE"):
				return // as shells do by themselves
			case kind == "DIR":
				values = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs)
			default:
				values = cobra.NoFileCompletions
			}
		}
		_ = cmd.RegisterFlagCompletionFunc(f.Name, values) // fails for one that has values already
	}
	cmd.PersistentFlags().VisitAll(complete)
	cmd.Flags().VisitAll(complete)
	for _, below := range cmd.Commands() {
		a.completeFlags(below)
	}
}

// profileNames returns the profiles of the configuration file; none if it cannot be read, for this is no place to say so.
func (a *app) profileNames(_ *cobra.Command, _ []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
	cfg, _, _ := a.loadConfig()
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(cfg.Profiles)), func(name string) bool { return !strings.HasPrefix(name, prefix) })
	return names, cobra.ShellCompDirectiveNoFileComp
}
