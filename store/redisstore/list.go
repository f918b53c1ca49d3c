package redisstore

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// Info describes an entry.
type Info struct {
	Name   string
	Size   int64     // of the entry, in bytes
	Issued time.Time // zero if its writer did not say
	Expiry time.Time
}

// List calls visit for each entry below the prefix, in no order, and ends with the first error of visit. The server is
// asked in small steps, each within [Config.Timeout]; what changes meanwhile may be there or not.
func (s *Store) List(ctx context.Context, visit func(Info) error) error {
	return s.each(ctx, func(name string) error {
		info, found, err := s.describe(ctx, name)
		if err != nil || !found {
			return err
		}
		return visit(info)
	})
}

func (s *Store) describe(ctx context.Context, name string) (info Info, found bool, err error) {
	err = s.link.do(ctx, "list", func(ctx context.Context, c rueidis.Client) error {
		key := s.entryKey(name)
		value, err := c.Do(ctx, c.B().Get().Key(key).Build()).ToString()
		if rueidis.IsRedisNil(err) || hasPrefix(err, "WRONGTYPE") {
			return nil
		}
		if err != nil {
			return err
		}
		left, err := c.Do(ctx, c.B().Pttl().Key(key).Build()).AsInt64()
		if err != nil {
			return err
		}
		issued, entry, ok := split(value)
		info = Info{Name: name, Size: int64(len(entry)), Issued: issued}
		if left > 0 {
			info.Expiry = time.Now().Add(time.Duration(left) * time.Millisecond)
		}
		found = ok
		return nil
	})
	return info, found, err
}

// Clear removes all entries below the prefix, of all identities, and returns how many there were. Locks stay.
func (s *Store) Clear(ctx context.Context) (int, error) {
	n := 0
	err := s.each(ctx, func(name string) error {
		return s.change(ctx, "delete", name, func(ctx context.Context, c rueidis.Client) error {
			removed, err := c.Do(ctx, c.B().Del().Key(s.entryKey(name)).Build()).AsInt64()
			n += int(removed)
			return err
		})
	})
	return n, err
}

const scanStep = 200

// each calls visit once for the name of each entry, on all nodes.
func (s *Store) each(ctx context.Context, visit func(name string) error) error {
	var nodes []rueidis.Client
	err := s.link.do(ctx, "list", func(_ context.Context, c rueidis.Client) error {
		nodes = slices.Collect(maps.Values(c.Nodes()))
		return nil
	})
	if err != nil {
		return err
	}
	seen := map[string]bool{} // replicas have the same, and a scan may tell a key twice
	for _, node := range nodes {
		if err := s.scan(ctx, node, func(name string) error {
			if seen[name] {
				return nil
			}
			seen[name] = true
			return visit(name)
		}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) scan(ctx context.Context, node rueidis.Client, visit func(name string) error) error {
	for cursor := uint64(0); ; {
		var step rueidis.ScanEntry
		err := s.link.do(ctx, "list", func(ctx context.Context, _ rueidis.Client) error {
			var err error
			step, err = node.Do(ctx, node.B().Scan().Cursor(cursor).Match(s.prefix+"{*}").Count(scanStep).Build()).AsScanEntry()
			return err
		})
		if err != nil {
			return err
		}
		for _, key := range step.Elements {
			name := strings.TrimSuffix(strings.TrimPrefix(key, s.prefix+"{"), "}")
			if err := visit(name); err != nil {
				return err
			}
		}
		if cursor = step.Cursor; cursor == 0 {
			return nil
		}
	}
}
