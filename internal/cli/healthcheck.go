package cli

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/imsx/imsx/emulator"
	"github.com/imsx/imsx/ims"
)

// healthPath is where the emulator says that it is there.
const healthPath = "/_imsx/health"

func (a *app) healthcheckCommand() *cobra.Command {
	var (
		dir, address string
		wait         time.Duration
	)
	cmd := &cobra.Command{
		Use:   "healthcheck [flags]",
		Short: "Ask a running emulator whether it answers",
		Long: `Asks the emulator whose files are in DIR whether it answers. The exit code is 0 if it does and 4 if not; an emulator
that is still starting, or has ended, has no emulator.json and counts as one that does not answer. With --wait it asks
again and again, which is how a script waits until the emulator that it has started is ready.

Containers use it as their health check, because an image without a shell has no curl. It asks at loopback first, so it
needs no name service, and never through a proxy.`,
		Example: `  imsx emulator healthcheck --dir adobe --wait 30s
  imsx emulator healthcheck --url https://127.0.0.1:8443 --ca-file adobe/ca.pem`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("dir") && address != "" {
				return usagef("--dir and --url exclude each other")
			}
			if wait < 0 {
				return usagef("--wait must not be negative")
			}
			if err := a.checkFlags(); err != nil {
				return err
			}
			return a.awaitHealth(cmd.Context(), wait, func(ctx context.Context) error {
				return a.healthcheck(ctx, dir, address)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&dir, "dir", "imsx-emulator", "the emulator whose files are in `DIR`")
	f.StringVar(&address, "url", "", "the emulator at `URL` instead; its authority is given by --ca-file")
	f.DurationVar(&wait, "wait", 0, "if it does not answer, ask again for this `DURATION`")
	cmd.DisableFlagsInUseLine = true
	wrapArgs(cmd)
	return cmd
}

// awaitHealth makes a check until it finds an emulator that is healthy, at least once and again until wait has passed.
// What is wrong with the input does not pass, so that ends it at once.
func (a *app) awaitHealth(ctx context.Context, wait time.Duration, check func(context.Context) error) error {
	const pause = 50 * time.Millisecond
	end := time.Now().Add(wait)
	for {
		once, cancel := a.limit(ctx)
		err := check(once)
		cancel()
		var p *problem
		if err == nil || !errors.As(err, &p) || !p.Retryable || time.Until(end) < pause {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// healthcheck asks the emulator at address, or else the one of dir.
func (a *app) healthcheck(ctx context.Context, dir, address string) error {
	caFile := a.flags.caFile
	if address == "" {
		found, err := readEmulatorFile(filepath.Join(dir, emulator.StatusFile))
		if err != nil {
			return err
		}
		address = found.IMSURL
		caFile = orString(caFile, found.CAFile)
	}
	origin, err := url.Parse(address)
	if err != nil || origin.Host == "" || origin.Scheme != "http" && origin.Scheme != "https" {
		return usagef("%q is not the URL of an emulator", address).withHint("it looks like https://127.0.0.1:8443")
	}
	client, err := healthClient(caFile)
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	if err := askHealth(ctx, client, origin); err != nil {
		return unhealthy(err, "see what the emulator has logged")
	}
	if a.flags.json {
		return a.printJSON(map[string]any{"healthy": true, "ims_url": address})
	}
	fmt.Fprintln(a.Stdout, "healthy")
	return nil
}

// emulatorFile is what emulator.json says.
type emulatorFile struct {
	IMSURL string `json:"ims_url"`
	CAFile string `json:"ca_file"`
}

// readEmulatorFile reads emulator.json. Its absence means that no emulator is ready, not that the input is wrong.
func readEmulatorFile(path string) (emulatorFile, error) {
	var f emulatorFile
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f, unhealthy(fmt.Errorf("%s is not there", path), "the emulator is still starting or has ended; --dir names its folder")
	case err != nil:
		return f, &inputError{err}
	}
	if err := json.Unmarshal(data, &f); err != nil {
		return f, &inputError{fmt.Errorf("%s: %w", path, err)}
	}
	return f, nil
}

// healthClient returns a client that trusts the authority in caFile and no other, or, without one, the system's, and
// uses no proxy: the emulator is on this machine.
func healthClient(caFile string) (*http.Client, error) {
	direct := func(*http.Request) (*url.URL, error) { return nil, nil }
	cfg := ims.HTTPConfig{CAFile: caFile, Proxy: direct}
	if caFile != "" {
		cfg.RootCAs = x509.NewCertPool()
	}
	client, err := ims.NewHTTPClient(cfg)
	if err != nil {
		return nil, &inputError{err}
	}
	return client, nil
}

// askHealth asks at the places where the emulator can be, until one takes the connection.
func askHealth(ctx context.Context, client *http.Client, origin *url.URL) error {
	var err error
	for _, at := range healthOrigins(origin) {
		var noConnection *net.OpError
		if err = getHealth(ctx, client, at+healthPath); !errors.As(err, &noConnection) || noConnection.Op != "dial" {
			return err
		}
	}
	return err
}

// healthOrigins returns where to ask: an emulator that is known by a name listens on loopback as well, as a rule, and
// only there is it sure that the name does not lead to somebody else.
func healthOrigins(origin *url.URL) []string {
	own := origin.Scheme + "://" + origin.Host
	host := origin.Hostname()
	if net.ParseIP(host) != nil || host == "localhost" {
		return []string{own}
	}
	port := origin.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[origin.Scheme]
	}
	return []string{origin.Scheme + "://" + net.JoinHostPort("127.0.0.1", port), own}
}

func getHealth(ctx context.Context, client *http.Client, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxInput)) // only the status counts
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers with status %d", address, resp.StatusCode)
	}
	return nil
}

// unhealthy is the problem of an emulator that does not answer as it should.
func unhealthy(err error, hint string) *problem {
	message := strings.TrimPrefix(err.Error(), "Get ")
	return &problem{
		exit: exitTemporary, Code: "unhealthy", Message: "the emulator is not healthy: " + message, Hint: hint, Retryable: true,
	}
}
