package cli

import (
	"context"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/imsx/imsx/emulator"
)

func (a *app) emulatorCommand() *cobra.Command {
	var (
		listen, dir string
		plain       bool
		hosts       []string
		ttl         time.Duration
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
  emulator.json                written last: ims_url, ca_file, pid, version

It keeps everything in memory and ends on SIGINT or SIGTERM. It is not for production.`,
		Example: `  imsx emulator --dir adobe &
  imsx token -c adobe/service_token.json --ca-file adobe/ca.pem`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if ttl < 0 {
				return usagef("--token-ttl must not be negative")
			}
			e, err := emulator.New(emulator.Config{
				TokenLifetime: ttl, Hosts: hosts, Plain: plain, Logger: a.logger(), Version: a.Version,
			})
			if err != nil {
				return usagef("%v", err)
			}
			return a.serve(cmd.Context(), e, listen, dir)
		},
	}
	f := cmd.Flags()
	f.StringVar(&listen, "listen", "127.0.0.1:0", "listen on `ADDR`; port 0 takes a free one")
	f.StringVar(&dir, "dir", "imsx-emulator", "write the files into `DIR`")
	f.BoolVar(&plain, "plain", false, "serve HTTP instead of HTTPS")
	f.StringSliceVar(&hosts, "host", nil, "a further `NAME` in the certificate, such as ims-na1.adobelogin.com (repeatable)")
	f.DurationVar(&ttl, "token-ttl", 24*time.Hour, "how long access tokens live, as a `DURATION`")
	return cmd
}

// serve runs an emulator until ctx ends.
func (a *app) serve(ctx context.Context, e *emulator.Emulator, listen, dir string) error {
	if err := e.Start(listen); err != nil {
		return &inputError{err}
	}
	defer e.Close()
	if err := e.WriteFiles(dir); err != nil {
		return &inputError{err}
	}
	if a.flags.json {
		if err := a.printJSON(map[string]string{"ims_url": e.URL(), "dir": dir}); err != nil {
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
