package redisstore

import (
	"context"
	"crypto/tls"
	"net"
)

// dialUnix connects to a socket, whose path stands in the place of an address.
func dialUnix(ctx context.Context, path string, d *net.Dialer, _ *tls.Config) (net.Conn, error) {
	return d.DialContext(ctx, "unix", path)
}
