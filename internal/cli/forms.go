package cli

import (
	"strings"
	"time"

	"github.com/spf13/cobra"
)

const formsHelp = `Makes and processes documents with the Communications APIs of AEM Forms as a Cloud Service.

The AEM instance is named by --aem URL, the variable IMSX_AEM, or the key aem of a profile. Where a command takes
FILE_OR_PATH, it is one of

  a file                       which is sent along; - is standard input
  /content/… or crx:///…       a path in AEM's repository
  https://…                    an address that AEM fetches

A file that exists goes before a path of the same name.

The result goes to -o FILE, which is replaced as a whole and only when the result is complete, or with -o - to standard
output. Without -o it goes to standard output if that is a pipe or a file. With --json, standard output carries an
object about the result instead: file, bytes, content_type, pages, took_ms, attempts.

--timeout limits one document with all its attempts; for these commands its default is 2m.`

// formsTimeout is the limit for one document: to make one may take longer than to get a token.
const formsTimeout = 2 * time.Minute

// formsFlags are the flags of all forms commands.
type formsFlags struct{ aem string }

func (a *app) formsCommand() *cobra.Command {
	fl := &formsFlags{}
	cmd := group(&cobra.Command{
		Use:   "forms COMMAND",
		Short: "Make and process documents with AEM Forms",
		Long:  formsHelp,
		Example: `  imsx forms pdf --aem https://author-p1-e2.adobeaemcloud.com --template invoice.xdp --data invoice.xml -o invoice.pdf
  imsx forms pdf --template invoice.xdp --data invoices/ -o pdfs/ --parallel 8`,
	}, a.formsCommands(fl)...)
	cmd.PersistentFlags().StringVar(&fl.aem, "aem", "", "`URL` of the AEM instance, such as https://author-p1-e2.adobeaemcloud.com (default $IMSX_AEM)")
	return cmd
}

func (a *app) formsCommands(fl *formsFlags) []*cobra.Command {
	return []*cobra.Command{
		a.formsPDFCommand(fl), a.formsPrintCommand(fl), a.formsAFPCommand(fl), a.formsAssembleCommand(fl), a.formsPDFACommand(fl),
		a.formsEncryptCommand(fl), a.formsDecryptCommand(fl), a.formsInspectCommand(fl),
		a.formsSignCommand(fl), a.formsCertifyCommand(fl), a.formsSignFieldCommand(fl), a.formsBatchCommand(fl),
	}
}

// group makes a command whose work is done by the commands below it.
func group(cmd *cobra.Command, below ...*cobra.Command) *cobra.Command {
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		hint := cmd.CommandPath() + " --help lists the commands"
		if len(args) == 0 {
			return usagef("%s: no command given", cmd.CommandPath()).withHint(hint)
		}
		cmd.SuggestionsMinimumDistance = 2
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			hint = "did you mean " + strings.Join(near, " or ") + "?"
		}
		return usagef("unknown command %q", cmd.CommandPath()+" "+args[0]).withHint(hint)
	}
	cmd.AddCommand(below...)
	for _, c := range below {
		c.DisableFlagsInUseLine = true
		if !c.HasSubCommands() {
			wrapArgs(c)
		}
	}
	return cmd
}
