package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/emulator/fault"
	"github.com/imsx/imsx/secret"
)

func (a *app) emulatorCommand() *cobra.Command {
	var (
		cfg                   emulator.Config
		listen, dir, scenario string
	)
	cmd := &cobra.Command{
		Use:   "emulator [flags]",
		Short: "Run a local Adobe for tests and first steps",
		Long: `Runs an identity service on this machine that checks assertions and client secrets for real, and writes the
credential files that a person would have downloaded into DIR:

  service_token.json           service credentials, as the AEM Developer Console gives them
  oauth_server_to_server.json  OAuth server-to-server credentials
  local_development_token.json a ready token
  ca.pem                       the certificate authority to trust (--ca-file)
  emulator.json                written last: ims_url, aem_author_url, aem_publish_url, console_url, ca_file, pid, version

It plays AEM as well, on addresses of its own, and has a console, whose address it prints. It fails on purpose when a
scenario, the console or the control API says so.

It keeps everything in memory and ends on SIGINT or SIGTERM. It is not for production.`,
		Example: `  imsx emulator --dir adobe &
  imsx token -c adobe/service_token.json --ca-file adobe/ca.pem`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if cfg.Scenario, err = a.scenario(scenario); err != nil {
				return err
			}
			if cfg.BatchDir == "" {
				cfg.BatchDir = filepath.Join(dir, "batch")
			}
			cfg.Logger, cfg.Version, cfg.ControlKey = a.logger(), a.Version, secret.New(a.getenv("IMSX_CONTROL_KEY"))
			e, err := emulator.New(cfg)
			if err != nil {
				return usagef("%v", err)
			}
			return a.serve(cmd.Context(), e, listen, dir)
		},
	}
	f := cmd.Flags()
	f.StringVar(&listen, "listen", "127.0.0.1:0", "listen on `ADDR`; port 0 takes a free one")
	f.StringVar(&dir, "dir", "imsx-emulator", "write the files into `DIR`")
	f.StringVar(&cfg.AEMAddr, "aem-listen", "127.0.0.1:0", "AEM's author listens on `ADDR`")
	f.StringVar(&cfg.PublishAddr, "aem-publish-listen", "", "AEM's publish instance listens on `ADDR` (default a free port beside the author's)")
	f.StringVar(&cfg.BatchDir, "batch-dir", "", "`DIR` stands for the cloud storage of Forms batches (default \"batch\" in the folder of --dir)")
	f.BoolVar(&cfg.Plain, "plain", false, "serve HTTP instead of HTTPS")
	f.StringSliceVar(&cfg.Hosts, "host", nil, "a further `NAME` in the certificate, such as ims-na1.adobelogin.com (repeatable)")
	f.DurationVar(&cfg.TokenLifetime, "token-ttl", 24*time.Hour, "how long access tokens live, as a `DURATION`")
	f.StringVar(&scenario, "scenario", "", "begin with the situation, the faults and the steps in `FILE` (YAML)")
	f.StringVar(&cfg.Seed, "seed", "", "make keys, identifiers, secrets and chance depend on `TEXT` alone")
	cmd.AddCommand(a.healthcheckCommand())
	return cmd
}

// scenario reads a scenario file; no path is none.
func (a *app) scenario(path string) (*fault.Scenario, error) {
	if path == "" {
		return nil, nil
	}
	data, err := a.readInput(path, "the scenario")
	if err != nil {
		return nil, err
	}
	s, err := fault.ParseScenario(data)
	if err != nil {
		return nil, &inputError{fmt.Errorf("scenario %s: %w", path, err)}
	}
	return s, nil
}

// serve runs an emulator until ctx ends.
func (a *app) serve(ctx context.Context, e *emulator.Emulator, listen, dir string) error {
	if err := e.Start(listen); err != nil {
		if _, ofScenario := errors.AsType[*emulator.ScenarioError](err); ofScenario {
			return &inputError{err}
		}
		return &problem{
			exit: exitUsage, Code: "unreadable", Message: err.Error(),
			Hint: "name addresses of this machine that nobody listens on, with --listen, --aem-listen and --aem-publish-listen",
		}
	}
	defer e.Close()
	if err := e.WriteFiles(dir); err != nil {
		return &inputError{fmt.Errorf("--dir: %w", err)}
	}
	if a.flags.json {
		err := a.printJSON(map[string]string{
			"ims_url": e.URL(), "aem_author_url": e.AEMAuthorURL(), "aem_publish_url": e.AEMPublishURL(), "console_url": e.ConsoleURL(), "dir": dir,
		})
		if err != nil {
			return err
		}
	} else {
		a.tellEmulator(e, dir)
	}
	select {
	case <-ctx.Done():
	case <-e.Done():
	}
	const grace = 5 * time.Second
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	return e.Shutdown(stop)
}

func (a *app) tellEmulator(e *emulator.Emulator, dir string) {
	a.say("emulator ready at %s", e.URL())
	a.say("AEM author at %s, publish at %s", e.AEMAuthorURL(), e.AEMPublishURL())
	a.say("console at %s", e.ConsoleURL())
	if a.getenv("IMSX_CONTROL_KEY") == "" {
		a.say("control key for callers beyond loopback: %s", e.ControlKey().Reveal())
	}
	flags := "-c " + filepath.Join(dir, emulator.ServiceTokenFile)
	if ca := e.CertificateAuthority(); ca != nil {
		flags += " --ca-file " + filepath.Join(dir, emulator.CertificateAuthorityFile)
	}
	a.say("try: imsx token %s", flags)
	a.say("not for production; end it with Ctrl-C")
}

// logger tells requests when asked to, and warnings in any case.
func (a *app) logger() *slog.Logger {
	level := slog.LevelWarn
	if a.flags.verbose {
		level = slog.LevelInfo
	}
	opts := &slog.HandlerOptions{Level: level}
	if a.flags.json {
		return slog.New(slog.NewJSONHandler(a.Stderr, opts))
	}
	return slog.New(slog.NewTextHandler(a.Stderr, opts))
}
