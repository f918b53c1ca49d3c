package fault

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Parse reads one fault in JSON or YAML, of at most 1 MiB. The error is an [*Error] with all problems.
func Parse(data []byte) (Fault, error) {
	d := &decoder{}
	var f Fault
	if root := d.root(data); root != nil {
		f = d.fault(place{node: root})
	} else if len(d.problems) == 0 {
		d.fail(place{}, "there is no fault")
	}
	if err := d.err(); err != nil {
		return Fault{}, err
	}
	return f, nil
}

// root parses a document in JSON or YAML.
func (d *decoder) root(data []byte) *yaml.Node {
	if len(data) > maxDocument || !json.Valid(data) {
		return d.document(data)
	}
	root, err := nodeOf(data)
	if err != nil {
		d.fail(place{}, "not JSON")
		return nil
	}
	if !d.plain(root, 0) {
		return nil
	}
	return root
}

// fault reads a fault and checks that it makes sense.
func (d *decoder) fault(p place) Fault {
	var f Fault
	begin := len(d.problems)
	read := map[string]bool{} // the members that are there, and whether they could be read
	member := func(name string, each func(place)) field {
		return field{name, func(p place) {
			before := len(d.problems)
			each(p)
			read[name] = len(d.problems) == before
		}}
	}
	ok := d.object(p,
		member("id", func(p place) { f.ID = d.text(p) }),
		member("name", func(p place) { f.Name = d.text(p) }),
		member("match", func(p place) { f.Match = d.match(p) }),
		member("effect", func(p place) { f.Effect = d.effect(p) }),
		member("when", func(p place) { f.When = d.when(p) }),
	)
	if !ok {
		return f
	}
	// What was found while a member was read is not told again in other words, and neither is that the effect is missing
	// when its name may only be misspelled.
	clean := len(d.problems) == begin
	d.semantic(p, slices.DeleteFunc(f.problems(), func(p Problem) bool {
		name, _, _ := strings.Cut(p.Path, ".")
		good, there := read[name]
		return there && !good || !there && !clean
	}))
	if f.ID != "" {
		d.named = append(d.named, mention{p.member("id"), f.ID})
	}
	return f
}

func (d *decoder) match(p place) Match {
	var m Match
	d.object(p,
		field{"service", func(p place) { m.Service = d.text(p) }},
		field{"route", func(p place) { m.Route = d.text(p) }},
		field{"client_id", func(p place) { m.ClientID = d.text(p) }},
	)
	return m
}

func (d *decoder) when(p place) When {
	var w When
	d.object(p,
		field{"count", func(p place) {
			if w.Count = d.small(p); w.Count == 0 {
				d.fail(p, "must be at least 1; leave it out for no limit")
			}
		}},
		field{"probability", func(p place) {
			if w.Probability = d.number(p); w.Probability <= 0 || w.Probability > 1 {
				d.fail(p, "must be greater than 0 and at most 1")
			}
		}},
		field{"seed", func(p place) { w.Seed = d.seed(p) }},
	)
	return w
}

func (d *decoder) effect(p place) Effect {
	var e Effect
	d.object(p,
		field{"error", func(p place) { e.Error = d.text(p) }},
		field{"status", func(p place) { e.Status = d.status(p) }},
		field{"retry_after", func(p place) { e.RetryAfter = d.seconds(p) }},
		field{"empty_body", func(p place) { e.EmptyBody = d.yes(p) }},
		field{"garble", func(p place) { e.Garble = d.yes(p) }},
		field{"accepted", func(p place) { e.Accepted = d.yes(p) }},
		field{"html", func(p place) { e.HTML = d.yes(p) }},
		field{"latency", func(p place) { e.Latency = d.latency(p) }},
		field{"hang", func(p place) { e.Hang = d.yes(p) }},
		field{"reset", func(p place) { e.Reset = d.yes(p) }},
		field{"cut_body", func(p place) { e.CutBody = new(d.size(p)) }},
		field{"slow_body", func(p place) {
			if e.SlowBody = d.size(p); e.SlowBody == 0 {
				d.fail(p, "must be at least 1 byte per second")
			}
		}},
		field{"content_type", func(p place) { e.ContentType = d.text(p) }},
		field{"drop_members", func(p place) { e.Drop = d.texts(p) }},
		field{"replace_members", func(p place) { e.Replace = d.replacements(p) }},
		field{"token", func(p place) { e.Token = d.text(p) }},
		field{"authorize_error", func(p place) { e.AuthorizeError = d.text(p) }},
	)
	return e
}

// status reads a status, or an object with the status and more.
func (d *decoder) status(p place) *Status {
	s := &Status{}
	if p.node.Kind == yaml.ScalarNode {
		s.Code = d.small(p)
		return s
	}
	d.object(p,
		field{"code", func(p place) { s.Code = d.small(p) }},
		field{"body", func(p place) { s.Body = d.text(p) }},
		field{"headers", func(p place) { s.Headers = d.headers(p) }},
	)
	return s
}

func (d *decoder) headers(p place) map[string]string {
	all := map[string]string{}
	d.members(p, func(name string, p place) { all[name] = d.text(p) })
	if len(all) == 0 {
		return nil
	}
	return all
}

func (d *decoder) replacements(p place) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	d.members(p, func(name string, p place) { all[name] = d.raw(p) })
	return all
}

// members reads an object whose members may have any names.
func (d *decoder) members(p place, each func(string, place)) {
	var fields []field
	if p.node.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(p.node.Content); i += 2 {
			name := p.node.Content[i].Value
			fields = append(fields, field{name, func(p place) { each(name, p) }})
		}
	}
	d.object(p, fields...)
}

// latency reads a duration, or an object with the bounds of one.
func (d *decoder) latency(p place) *Latency {
	l := &Latency{}
	if p.node.Kind == yaml.ScalarNode {
		l.Min = d.positive(p)
		return l
	}
	d.object(p,
		field{"min", func(p place) { l.Min = d.positive(p) }},
		field{"max", func(p place) { l.Max = d.positive(p) }},
	)
	return l
}

// seconds reads a duration of whole seconds; as in the header, a bare number is seconds, too.
func (d *decoder) seconds(p place) int {
	if p.node.Tag == "!!int" {
		return d.small(p)
	}
	v := d.positive(p)
	if v%time.Second != 0 || v > 1_000_000*time.Second {
		d.fail(p, "must be whole seconds, at most 1000000")
		return 0
	}
	return int(v / time.Second)
}

// latencyForm is the long form of a latency.
type latencyForm struct {
	Min string `json:"min"`
	Max string `json:"max"`
}

// MarshalJSON writes "2s", or {"min":"1s","max":"3s"}.
func (l Latency) MarshalJSON() ([]byte, error) {
	if l.Max == 0 {
		return json.Marshal(l.Min.String())
	}
	return json.Marshal(latencyForm{l.Min.String(), l.Max.String()})
}

// UnmarshalJSON reads what MarshalJSON writes, with durations as [ParseDuration] takes them.
func (l *Latency) UnmarshalJSON(data []byte) error {
	d := &decoder{}
	root, err := nodeOf(data)
	if err != nil {
		return errors.New("a latency is not JSON")
	}
	got := d.latency(place{node: root})
	if err := d.err(); err != nil {
		return fmt.Errorf("a latency: %w", err)
	}
	*l = *got
	return nil
}
