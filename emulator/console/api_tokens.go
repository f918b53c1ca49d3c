package console

import (
	"bytes"
	"encoding/json"
	"maps"
	"strconv"
	"strings"

	"github.com/imsx/imsx/emulator/ims"
)

// mintToken signs a token without any request at the identity service. Claims replace and add to those of a usual token;
// null takes one away.
func (c *call) mintToken() (any, *problem) {
	var in struct {
		ClientID string         `json:"client_id"`
		Account  string         `json:"account"`
		Scopes   []string       `json:"scopes"`
		Lifetime string         `json:"lifetime"`
		Claims   map[string]any `json:"claims"`
	}
	if p := c.readNumbers(&in); p != nil {
		return nil, p
	}
	claims := map[string]any{}
	if in.ClientID != "" {
		claims["client_id"] = in.ClientID
	}
	if in.Account != "" {
		claims["user_id"] = in.Account
	}
	if in.Scopes != nil {
		claims["scope"] = strings.Join(in.Scopes, ",")
	}
	if in.Lifetime != "" {
		d, p := duration("lifetime", in.Lifetime)
		if p != nil {
			return nil, p
		}
		claims["expires_in"] = strconv.FormatInt(d.Milliseconds(), 10)
	}
	maps.Copy(claims, in.Claims)
	token, err := c.cfg.IMS.MintToken(claims)
	if err != nil {
		return nil, refused(err)
	}
	return map[string]string{"access_token": token.Reveal(), "token_type": "bearer"}, nil // it was asked for
}

// readNumbers is readJSON with numbers kept as they are written, so that a claim is not changed by its way through.
func (c *call) readNumbers(v any) *problem {
	body, p := c.body()
	if p != nil {
		return p
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	if err := dec.Decode(v); err != nil {
		return jsonProblem(err, v)
	}
	return nil
}

func (c *call) signingKeys() (any, *problem) {
	return map[string]any{"keys": nonNil(c.cfg.IMS.KeyIDs())}, nil
}

func (c *call) rotateKey() (any, *problem) {
	var in struct {
		Forget bool `json:"forget"` // tokens signed before are void
	}
	if p := readJSON(c.w, c.r, &in); p != nil {
		return nil, p
	}
	if err := c.cfg.IMS.RotateKey(nil, !in.Forget); err != nil {
		return nil, refused(err)
	}
	return c.signingKeys()
}

// settingsJSON are what holds for the whole identity service.
type settingsJSON struct {
	TokenLifetime string     `json:"token_lifetime"`
	Rate          rateJSON   `json:"rate"`
	Strict        strictJSON `json:"strict"`
}

type strictJSON struct {
	DayCap            bool `json:"day_cap"`
	ExchangeSecret400 bool `json:"exchange_secret_400"`
	OmitX5U           bool `json:"omit_x5u"`
}

func (c *call) settings() (any, *problem) {
	s := c.cfg.IMS
	return settingsJSON{s.TokenLifetime().String(), rateJSON(s.DefaultRate()), strictJSON(s.Strict())}, nil
}

// changeSettings changes what is given, down to the members of the rate and the strict rules.
func (c *call) changeSettings() (any, *problem) {
	var in struct {
		TokenLifetime *string    `json:"token_lifetime"`
		Rate          rateJSON   `json:"rate"`
		Strict        strictJSON `json:"strict"`
	}
	in.Rate, in.Strict = rateJSON(c.cfg.IMS.DefaultRate()), strictJSON(c.cfg.IMS.Strict())
	if p := readJSON(c.w, c.r, &in); p != nil {
		return nil, p
	}
	if in.TokenLifetime != nil {
		d, p := duration("token_lifetime", *in.TokenLifetime)
		if p != nil {
			return nil, p
		}
		if err := c.cfg.IMS.SetTokenLifetime(d); err != nil {
			return nil, refused(err)
		}
	}
	if err := c.cfg.IMS.SetDefaultRate(ims.Rate(in.Rate)); err != nil {
		return nil, refused(err)
	}
	c.cfg.IMS.SetStrict(ims.Strict(in.Strict))
	return c.settings()
}
