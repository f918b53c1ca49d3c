package cli

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/imsx/imsx/aem/forms"
)

// formsBatchCommand is batch output.
func (a *app) formsBatchCommand(fl *formsFlags) *cobra.Command {
	return group(&cobra.Command{
		Use:   "batch COMMAND",
		Short: "Let AEM make documents from its own storage",
		Long: `Batch output makes documents of data in a storage that AEM is connected with, on the author instance. A configuration
says from where, with which template and to what; a run makes the documents of one configuration.`,
	},
		a.batchCreateCommand(fl), a.batchGetCommand(fl), a.batchUpdateCommand(fl), a.batchDeleteCommand(fl), a.batchListCommand(fl),
		a.batchStartCommand(fl), a.batchStateCommand(fl), a.batchRunsCommand(fl), a.batchWaitCommand(fl),
	)
}

// batchCommand completes a command that calls the batch API.
func (a *app) batchCommand(fl *formsFlags, cmd *cobra.Command, b *batchFlags, do func(context.Context, *forms.Service, []string) error) *cobra.Command {
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in := a.inputs()
		defer in.Close()
		if b != nil {
			if err := b.read(cmd, in); err != nil {
				return err
			}
		}
		return a.callAEM(cmd, fl, func(ctx context.Context, call *aemCall) error { return do(ctx, call.forms, args) })
	}
	if b != nil {
		b.bind(cmd.Flags())
	}
	return cmd
}

func (a *app) batchCreateCommand(fl *formsFlags) *cobra.Command {
	b := &batchFlags{}
	return a.batchCommand(fl, &cobra.Command{
		Use: "create [flags]", Short: "Create a configuration", Args: cobra.NoArgs,
		Long: `Creates a configuration, and prints its place as AEM names it. With --json: name, location.`,
		Example: `  imsx forms batch create --config invoices.json
  imsx forms batch create --name invoices --data-source /conf/global/settings/forms/usc/batch/invoices \
    --output-types PDF,PRINT --print PostScript --template crx:///content/dam/formsanddocuments/invoice.xdp`,
	}, b, func(ctx context.Context, s *forms.Service, _ []string) error {
		location, err := s.CreateConfig(ctx, b.config)
		if err != nil {
			return err
		}
		if a.flags.json {
			return a.printJSON(map[string]string{"name": b.config.Name, "location": location})
		}
		_, err = fmt.Fprintln(a.Stdout, location)
		return err
	})
}

func (a *app) batchGetCommand(fl *formsFlags) *cobra.Command {
	return a.batchCommand(fl, &cobra.Command{
		Use: "get NAME [flags]", Short: "Print a configuration", Args: cobra.ExactArgs(1),
		Long: `Prints a configuration as JSON, in the form that --config reads.`,
	}, nil, func(ctx context.Context, s *forms.Service, args []string) error {
		c, err := s.Config(ctx, args[0])
		return a.printConfig(c, err)
	})
}

func (a *app) printConfig(c forms.BatchConfig, err error) error {
	if err != nil {
		return err
	}
	return a.printJSON(c)
}

func (a *app) batchUpdateCommand(fl *formsFlags) *cobra.Command {
	b := &batchFlags{}
	return a.batchCommand(fl, &cobra.Command{
		Use: "update [flags]", Short: "Replace a configuration", Args: cobra.NoArgs,
		Long: `Replaces the configuration of the same name, and prints it as AEM has it then, as JSON.`,
	}, b, func(ctx context.Context, s *forms.Service, _ []string) error {
		c, err := s.UpdateConfig(ctx, b.config)
		return a.printConfig(c, err)
	})
}

func (a *app) batchDeleteCommand(fl *formsFlags) *cobra.Command {
	return a.batchCommand(fl, &cobra.Command{
		Use: "delete NAME [flags]", Short: "Delete a configuration", Args: cobra.ExactArgs(1),
		Long: `Deletes a configuration. With --json it prints what was deleted.`,
	}, nil, func(ctx context.Context, s *forms.Service, args []string) error {
		c, err := s.DeleteConfig(ctx, args[0])
		if err != nil || !a.flags.json {
			return err
		}
		return a.printJSON(c)
	})
}

func (a *app) batchListCommand(fl *formsFlags) *cobra.Command {
	return a.batchCommand(fl, &cobra.Command{
		Use: "list [flags]", Short: "List the configurations", Args: cobra.NoArgs,
		Long: `Prints the names of all configurations, one per line. With --json: the member configs, a list of whole configurations.`,
	}, nil, func(ctx context.Context, s *forms.Service, _ []string) error {
		all, err := s.Configs(ctx)
		if err != nil {
			return err
		}
		if a.flags.json {
			return a.printJSON(map[string]any{"configs": all})
		}
		for _, c := range all {
			if _, err := fmt.Fprintln(a.Stdout, c.Name); err != nil {
				return err
			}
		}
		return nil
	})
}

func (a *app) batchStartCommand(fl *formsFlags) *cobra.Command {
	b := &batchFlags{}
	return a.batchCommand(fl, &cobra.Command{
		Use: "start NAME [flags]", Short: "Start a run", Args: cobra.ExactArgs(1),
		Long: `Starts a run of a configuration, and prints the run's id. What --config and flags say replaces members of the
configuration for this run. With --json: name, execution_id.`,
		Example: `  run=$(imsx forms batch start invoices) && imsx forms batch wait invoices "$run"`,
	}, b, func(ctx context.Context, s *forms.Service, args []string) error {
		id, err := s.Start(ctx, args[0], b.overrides())
		if err != nil {
			return err
		}
		if a.flags.json {
			return a.printJSON(map[string]string{"name": args[0], "execution_id": id})
		}
		_, err = fmt.Fprintln(a.Stdout, id)
		return err
	})
}

func (a *app) batchStateCommand(fl *formsFlags) *cobra.Command {
	return a.batchCommand(fl, &cobra.Command{
		Use: "state NAME RUN [flags]", Short: "Show the state of a run", Args: cobra.ExactArgs(2),
		Long: `Shows how far a run is. The exit code is 0 whatever the state; imsx forms batch wait tells success from failure.`,
	}, nil, func(ctx context.Context, s *forms.Service, args []string) error {
		state, err := s.Execution(ctx, args[0], args[1])
		if err != nil {
			return err
		}
		return a.printState(state)
	})
}

// printState shows a run.
func (a *app) printState(s forms.BatchState) error {
	if a.flags.json {
		return a.printJSON(s)
	}
	rows := []row{{"run", s.ExecutionID}, {"status", string(s.Status)}}
	if s.Records >= 0 {
		rows = append(rows, row{"records", fmt.Sprint(s.Records)})
	}
	if !s.Start.IsZero() {
		rows = append(rows, row{"started", when(s.Start)})
	}
	if !s.End.IsZero() {
		rows = append(rows, row{"ended", when(s.End)})
	}
	for _, o := range s.Outputs {
		name := strings.TrimSpace(string(o.OutputType) + " " + string(o.RenderType))
		rows = append(rows, row{name, fmt.Sprintf("%d made, %d failed, %d in progress", o.Success, o.Failure, o.InProgress)})
	}
	if f := s.Failure; f != nil {
		rows = append(rows, row{"error", strings.TrimSpace(f.Code + " " + f.Message)})
	}
	return a.rows(s.ConfigName, rows)
}

func (a *app) batchRunsCommand(fl *formsFlags) *cobra.Command {
	return a.batchCommand(fl, &cobra.Command{
		Use: "runs NAME [flags]", Short: "List the runs of a configuration", Args: cobra.ExactArgs(1),
		Long: `Lists the runs of a configuration: id, status, documents made and failed. With --json: the member runs, a list of states.`,
	}, nil, func(ctx context.Context, s *forms.Service, args []string) error {
		all, err := s.Executions(ctx, args[0])
		if err != nil {
			return err
		}
		if a.flags.json {
			return a.printJSON(map[string]any{"runs": all})
		}
		w := tabwriter.NewWriter(a.Stdout, 0, 8, 2, ' ', 0)
		for _, s := range all {
			made, failed := totals(s)
			fmt.Fprintf(w, "%s\t%s\t%d made\t%d failed\n", s.ExecutionID, s.Status, made, failed)
		}
		return w.Flush()
	})
}

func totals(s forms.BatchState) (made, failed int64) {
	for _, o := range s.Outputs {
		made += o.Success
		failed += o.Failure
	}
	return made, failed
}

func (a *app) batchWaitCommand(fl *formsFlags) *cobra.Command {
	var most time.Duration
	cmd := a.batchCommand(fl, &cobra.Command{
		Use: "wait NAME RUN [flags]", Short: "Wait for the end of a run", Args: cobra.ExactArgs(2),
		Long: `Follows a run until it has ended, and shows its last state. The exit code is 0 if it succeeded with all its documents,
1 if it failed or some of them did, and 4 if --max-wait passed before. --timeout limits each look.`,
	}, nil, func(ctx context.Context, s *forms.Service, args []string) error {
		if most < 0 {
			return usagef("--max-wait must not be negative")
		}
		return a.waitForRun(ctx, s, args[0], args[1], most)
	})
	cmd.Flags().DurationVar(&most, "max-wait", 0, "stop waiting after this `DURATION`; 0 means never")
	return cmd
}

func (a *app) waitForRun(ctx context.Context, s *forms.Service, name, run string, most time.Duration) error {
	waiting, cancel := ctx, context.CancelFunc(func() {})
	if most > 0 {
		waiting, cancel = context.WithTimeout(ctx, most)
	}
	defer cancel()
	state, err := s.Wait(waiting, name, run, a.tellState)
	if err != nil && ctx.Err() == nil && waiting.Err() != nil {
		return &problem{
			exit: exitTemporary, Code: "timeout", Retryable: true, Hint: "wait again, or longer with --max-wait",
			Message: fmt.Sprintf("the run %s has not ended within %v: %s", run, most, orString(string(state.Status), "its state is not known")),
		}
	}
	if err != nil {
		return err
	}
	if err := a.printState(state); err != nil {
		return err
	}
	return batchOutcome(state)
}

// tellState tells a person how far a run is.
func (a *app) tellState(s forms.BatchState) {
	if a.flags.json || s.Status.Over() {
		return
	}
	made, failed := totals(s)
	line := fmt.Sprintf("%s: %d made", strings.ToLower(string(s.Status)), made)
	if s.Records >= 0 {
		line += fmt.Sprintf(" of %s", plural(int(s.Records), "record"))
	}
	if failed > 0 {
		line += fmt.Sprintf(", %d failed", failed)
	}
	a.say("%s", line)
}

// batchOutcome turns a run that has ended badly into an error.
func batchOutcome(s forms.BatchState) error {
	made, failed := totals(s)
	message := ""
	switch {
	case s.Status == forms.BatchFailed && s.Failure != nil:
		message = fmt.Sprintf("the run failed: %s", strings.TrimSpace(s.Failure.Code+" "+s.Failure.Message))
	case s.Status == forms.BatchFailed:
		message = "the run failed"
	case failed > 0:
		message = fmt.Sprintf("%d of %d documents failed", failed, made+failed)
	default:
		return nil
	}
	return (&problem{exit: exitUnexpected, Code: "batch_failed", Message: message}).
		withHint("the storage has a file with the reason for each record that failed")
}
