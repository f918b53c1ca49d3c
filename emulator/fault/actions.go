package fault

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// action reads a change of a step: an object whose one member names its kind.
func (d *decoder) action(p place) Change {
	var found []Change
	var fields []field
	actions := d.actions()
	for _, name := range slices.Sorted(maps.Keys(actions)) { // so that a guess at what was meant is always the same
		fields = append(fields, field{name, func(p place) { found = append(found, actions[name](p)) }})
	}
	before := len(d.problems)
	if d.object(p, fields...) && len(d.problems) == before && len(found) != 1 {
		d.fail(p, "must be one action, not %d", len(found))
	}
	if len(found) == 0 {
		return nil
	}
	return found[0]
}

// actions are the readers of the changes in the middle, by their kinds.
func (d *decoder) actions() map[string]func(place) Change {
	return map[string]func(place) Change{
		MoveClock{}.Kind():         func(p place) Change { return MoveClock{d.duration(p)} },
		SetClock{}.Kind():          func(p place) Change { return SetClock{d.duration(p)} },
		RevokeCertificate{}.Kind(): func(p place) Change { return RevokeCertificate(d.certificateOf(p)) },
		ExpireCertificate{}.Kind(): func(p place) Change { return ExpireCertificate(d.certificateOf(p)) },
		RotateKey{}.Kind():         d.rotateKey,
		Throttle{}.Kind():          d.throttle,
		AddSecret{}.Kind():         d.addSecret,
		RemoveSecret{}.Kind():      d.removeSecret,
		AddToGroup{}.Kind():        d.addToGroup,
		RemoveFromGroup{}.Kind():   func(p place) Change { return RemoveFromGroup(d.membership(p)) },
		AllowClient{}.Kind():       d.allowClient,
		DisallowClient{}.Kind():    func(p place) Change { return DisallowClient(d.allowance(p)) },
	}
}

// certificateOf reads {client_id, fingerprint}, or the client alone.
func (d *decoder) certificateOf(p place) RevokeCertificate {
	var c RevokeCertificate
	if p.node.Kind == yaml.ScalarNode {
		c.ClientID = d.id(p)
	} else {
		d.object(p,
			field{"client_id", func(p place) { c.ClientID = d.id(p) }},
			field{"fingerprint", func(p place) { c.Fingerprint = d.fingerprint(p) }},
		)
	}
	d.required(p, map[string]bool{"client_id": c.ClientID != ""})
	return c
}

// fingerprint reads hexadecimal digits, with or without colons between them.
func (d *decoder) fingerprint(p place) string {
	s := strings.ToLower(strings.ReplaceAll(d.text(p), ":", ""))
	if len(s) < 8 || len(s) > 64 || strings.Trim(s, "0123456789abcdef") != "" {
		d.fail(p, "must be 8 to 64 hexadecimal digits")
	}
	return s
}

// rotateKey reads {forget}, or true.
func (d *decoder) rotateKey(p place) Change {
	var c RotateKey
	if p.node.Kind == yaml.ScalarNode {
		d.yes(p)
		return c
	}
	d.object(p, field{"forget", func(p place) { c.Forget = d.boolean(p) }})
	return c
}

// throttle reads {client_id, rate, burst}, or false.
func (d *decoder) throttle(p place) Change {
	var c Throttle
	if p.node.Kind == yaml.ScalarNode {
		if d.boolean(p) {
			d.fail(p, "must be false, or an object with rate and burst")
		}
		return c
	}
	d.object(p,
		field{"client_id", func(p place) { c.ClientID = d.id(p) }},
		field{"rate", func(p place) { c.Rate = d.rate(p) }},
		field{"burst", func(p place) { c.Burst = d.small(p) }},
	)
	return c
}

// rate reads a number per second, or "5 per minute"; 0 is off.
func (d *decoder) rate(p place) float64 {
	s, ok := d.scalar(p)
	if !ok {
		return 0
	}
	count, unit, per := strings.Cut(s, "per")
	if !per {
		count, unit, per = strings.Cut(s, "/")
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(count), 64)
	span := time.Second
	if per {
		if u, known := durationUnits[strings.TrimSpace(strings.ToLower(unit))]; known {
			span = u
		} else {
			span = 0
		}
	}
	if rate := n / span.Seconds(); err == nil && span > 0 && rate >= 0 && rate <= 1_000_000 {
		return rate
	}
	d.fail(p, `must be a rate, such as "10 per second" or "5 per minute", not %q`, short(s))
	return 0
}

// addSecret reads {client_id, secret}.
func (d *decoder) addSecret(p place) Change {
	var c AddSecret
	d.object(p,
		field{"client_id", func(p place) { c.ClientID = d.id(p) }},
		field{"secret", func(p place) { c.Secret = d.secret(p) }},
	)
	d.required(p, map[string]bool{"client_id": c.ClientID != ""})
	return c
}

// removeSecret reads {client_id, secret} or {client_id, which}.
func (d *decoder) removeSecret(p place) Change {
	var c RemoveSecret
	d.object(p,
		field{"client_id", func(p place) { c.ClientID = d.id(p) }},
		field{"secret", func(p place) { c.Secret = d.secret(p) }},
		field{"which", func(p place) {
			if c.Which = d.text(p); c.Which != "oldest" && c.Which != "newest" {
				d.fail(p, `must be "oldest" or "newest", not %q`, short(c.Which))
			}
		}},
	)
	d.required(p, map[string]bool{"client_id": c.ClientID != ""})
	if c.Secret.IsZero() == (c.Which == "") {
		d.fail(p, "must have either secret or which")
	}
	return c
}

func (d *decoder) addToGroup(p place) Change { return AddToGroup(d.membership(p)) }

// membership reads {account, group, environment}.
func (d *decoder) membership(p place) AddToGroup {
	var c AddToGroup
	d.object(p,
		field{"account", func(p place) { c.Account = d.id(p) }},
		field{"group", func(p place) { c.Group = d.id(p) }},
		field{"environment", func(p place) { c.Environment = d.environmentID(p) }},
	)
	d.required(p, map[string]bool{"account": c.Account != "", "group": c.Group != ""})
	return c
}

func (d *decoder) allowClient(p place) Change { return AllowClient(d.allowance(p)) }

// allowance reads {client_id, environment, tier}, or the client alone.
func (d *decoder) allowance(p place) AllowClient {
	var c AllowClient
	if p.node.Kind == yaml.ScalarNode {
		c.ClientID = d.id(p)
		return c
	}
	d.object(p,
		field{"client_id", func(p place) { c.ClientID = d.id(p) }},
		field{"environment", func(p place) { c.Environment = d.environmentID(p) }},
		field{"tier", func(p place) {
			if c.Tier = d.text(p); c.Tier != "author" && c.Tier != "publish" {
				d.fail(p, `must be "author" or "publish", not %q`, short(c.Tier))
			}
		}},
	)
	d.required(p, map[string]bool{"client_id": c.ClientID != ""})
	return c
}

func (d *decoder) organization(p place) Change {
	var c AddOrganization
	d.object(p,
		field{"id", func(p place) { c.ID = d.id(p) }},
		field{"name", func(p place) { c.Name = d.label(p) }},
	)
	d.required(p, map[string]bool{"id": c.ID != ""})
	return c
}

func (d *decoder) account(p place) Change {
	var c AddAccount
	d.object(p,
		field{"id", func(p place) { c.ID = d.id(p) }},
		field{"organization", func(p place) { c.Organization = d.id(p) }},
		field{"email", func(p place) { c.Email = d.label(p) }},
		field{"name", func(p place) { c.Name = d.label(p) }},
	)
	d.required(p, map[string]bool{"id": c.ID != ""})
	return c
}

func (d *decoder) client(p place) Change {
	var c AddClient
	d.object(p,
		field{"id", func(p place) { c.ID = d.id(p) }},
		field{"name", func(p place) { c.Name = d.label(p) }},
		field{"organization", func(p place) { c.Organization = d.id(p) }},
		field{"account", func(p place) { c.Account = d.id(p) }},
		field{"secrets", func(p place) {
			d.list(p, func(p place) { c.Secrets = append(c.Secrets, d.secret(p)) })
			if len(c.Secrets) > 2 {
				d.fail(p, "must not be more than two")
			}
		}},
		field{"scopes", func(p place) { c.Scopes = d.ids(p) }},
		field{"metascopes", func(p place) { c.Metascopes = d.ids(p) }},
		field{"grants", func(p place) { d.list(p, func(p place) { d.grant(p, &c) }) }},
		field{"certificates", func(p place) {
			d.list(p, func(p place) { c.Certificates = append(c.Certificates, d.certificate(p)) })
		}},
		field{"jti_required", func(p place) { c.JTIRequired = d.boolean(p) }},
		field{"migrated", func(p place) { c.Migrated = d.boolean(p) }},
	)
	d.required(p, map[string]bool{"id": c.ID != ""})
	return c
}

func (d *decoder) grant(p place, c *AddClient) {
	names := []string{"client_credentials", "exchange_jwt"}
	switch s := d.text(p); s {
	case names[0]:
		c.ClientCredentials = true
	case names[1]:
		c.ExchangeJWT = true
	default:
		d.fail(p, "%q is not %s%s", short(s), oneOf(names...), suggestion(s, names))
	}
}

// environment reads {id}, or the id alone.
func (d *decoder) environment(p place) Change {
	var c AddEnvironment
	if p.node.Kind == yaml.ScalarNode {
		c.ID = d.environmentID(p)
		return c
	}
	d.object(p, field{"id", func(p place) { c.ID = d.environmentID(p) }})
	d.required(p, map[string]bool{"id": c.ID != ""})
	return c
}

// environmentID reads "p1-e2".
func (d *decoder) environmentID(p place) string {
	s := d.id(p)
	program, environment, ok := strings.Cut(s, "-")
	number := func(s, letter string) bool {
		digits, ok := strings.CutPrefix(s, letter)
		return ok && digits != "" && len(digits) <= 12 && strings.Trim(digits, "0123456789") == ""
	}
	if !ok || !number(program, "p") || !number(environment, "e") {
		d.fail(p, `must be like "p1-e2", not %q`, short(s))
	}
	return s
}

func (d *decoder) ids(p place) []string {
	var all []string
	d.list(p, func(p place) { all = append(all, d.id(p)) })
	return all
}

// label reads a text for people.
func (d *decoder) label(p place) string {
	s := d.text(p)
	if !printable(s) {
		d.fail(p, "must be a text of at most 200 characters in one line")
	}
	return s
}
