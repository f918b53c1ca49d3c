package ims

import (
	"encoding/json"
	"strings"
)

// bearerAccount returns the claims of the request's bearer token and the account that it acts as.
func (c *call) bearerAccount() (payload, Account, *failure) {
	p, err := c.check(bearer(c.r), c.now())
	if err == nil && p.Type != kindAccess {
		err = ErrTokenMalformed
	}
	if err != nil {
		return payload{}, Account{}, c.refuse("access token", errBearer, err.Error())
	}
	c.client = p.ClientID
	c.record.Account(short(p.UserID))
	c.record.Pass("access token", "")
	a, ok := c.state.accounts.get(p.UserID)
	if !ok {
		a = Account{ID: p.UserID, Organization: p.Organization}
	}
	return p, a, nil
}

func (c *call) answerJSON(v any) *failure {
	body, err := json.Marshal(v)
	if err != nil {
		return errInternal
	}
	return c.answer(body)
}

// profile serves /ims/profile/v1. The members are those that public code reads; the live answer has more.
func (c *call) profile() *failure {
	p, a, f := c.bearerAccount()
	if f != nil {
		return f
	}
	return c.answerJSON(profileOf(a, set(p.scopes())["additional_info.projectedProductContext"]))
}

type profile struct {
	AccountType string           `json:"account_type"`
	UserID      string           `json:"userId"`
	Name        string           `json:"name"`
	GivenName   string           `json:"given_name"`
	FamilyName  string           `json:"family_name"`
	Email       string           `json:"email"`
	Contexts    []productContext `json:"projectedProductContext"`
}

// productContext is a product profile in a profile.
type productContext struct {
	Context struct {
		ID          string `json:"ident,omitempty"`
		Status      string `json:"statusCode"`
		Owner       string `json:"owningEntity"`
		ServiceCode string `json:"serviceCode"`
		Label       string `json:"label,omitempty"`
	} `json:"prodCtx"`
}

// profileOf returns an account's profile, with its products if they may be shown.
func profileOf(a Account, products bool) profile {
	given, family := names(a.Name)
	p := profile{accountType(a), a.ID, a.Name, given, family, a.Email, []productContext{}}
	for _, product := range a.Products {
		if !products {
			break
		}
		var pc productContext
		pc.Context.ID, pc.Context.ServiceCode, pc.Context.Label = product.ID, product.ServiceCode, product.Name
		pc.Context.Status, pc.Context.Owner = "ACTIVE", a.Organization
		p.Contexts = append(p.Contexts, pc)
	}
	return p
}

// accountType is "ind" for a person's own account and "ent" for one of an organization.
func accountType(a Account) string {
	if strings.HasSuffix(a.ID, "@AdobeID") {
		return "ind"
	}
	return "ent"
}

// userinfo serves /ims/userinfo: the claims of OpenID Connect Core 1.0, section 5.1, each only with its scope.
func (c *call) userinfo() *failure {
	p, a, f := c.bearerAccount()
	if f != nil {
		return f
	}
	scopes := set(p.scopes())
	claims := userClaims{Subject: a.ID}
	if scopes["profile"] {
		given, family := names(a.Name)
		claims.Type, claims.Name, claims.GivenName, claims.FamilyName = accountType(a), &a.Name, &given, &family
	}
	if scopes["email"] {
		claims.Email, claims.Verified = &a.Email, true
	}
	if scopes["address"] {
		claims.Address = map[string]string{"country": "US"}
	}
	return c.answerJSON(claims)
}

// userClaims is the answer of /ims/userinfo, in Adobe's order. A text that the scopes allow is there even if it is empty.
type userClaims struct {
	Subject    string            `json:"sub"`
	Type       string            `json:"account_type,omitempty"`
	Verified   bool              `json:"email_verified,omitempty"`
	Address    map[string]string `json:"address,omitempty"`
	Name       *string           `json:"name,omitempty"`
	GivenName  *string           `json:"given_name,omitempty"`
	FamilyName *string           `json:"family_name,omitempty"`
	Email      *string           `json:"email,omitempty"`
}

// names splits a name for people at its first blank.
func names(name string) (given, family string) {
	given, family, _ = strings.Cut(name, " ")
	return given, family
}

// organizations serves /ims/organizations/v5 and v6: an array with the organization of the token.
func (c *call) organizations() *failure {
	_, a, f := c.bearerAccount()
	if f != nil {
		return f
	}
	return c.answerJSON(c.organizationsOf(a))
}

type organizationReference struct {
	Ident  string `json:"ident"`
	Source string `json:"authSrc"`
}

type organizationItem struct {
	Name      string                `json:"orgName"`
	Reference organizationReference `json:"orgRef"`
	Type      string                `json:"orgType"`
}

func (c *call) organizationsOf(a Account) []organizationItem {
	o, ok := c.state.organizations.get(a.Organization)
	if !ok {
		return []organizationItem{}
	}
	ident, source, _ := strings.Cut(o.ID, "@")
	return []organizationItem{{Name: o.Name, Reference: organizationReference{ident, source}, Type: "Enterprise"}}
}

// adminProfile serves /ims/admin_profile/v1: the profile of any account, for services.
func (c *call) adminProfile() *failure {
	a, f := c.administered()
	if f != nil {
		return f
	}
	return c.answerJSON(profileOf(a, true))
}

// adminOrganizations serves /ims/admin_organizations/v5: the organizations of any account, for services.
func (c *call) adminOrganizations() *failure {
	a, f := c.administered()
	if f != nil {
		return f
	}
	return c.answerJSON(c.organizationsOf(a))
}

// administered returns the account that a service asks about by the fields guid and auth_src. The bearer must be a service token:
// a technical account's. The errors are made up.
func (c *call) administered() (Account, *failure) {
	fields, bad := c.fields()
	if bad != nil {
		return Account{}, bad
	}
	p, _, bad := c.bearerAccount()
	if bad != nil {
		return Account{}, bad
	}
	if !isTechnical(p.UserID) {
		return Account{}, c.refuse("service token", errForbidden, "")
	}
	c.record.Pass("service token", "")
	a, ok := c.state.accounts.get(fields.get("guid") + "@" + fields.get("auth_src"))
	if !ok {
		return Account{}, c.refuse("account", errNoAccount, "")
	}
	c.record.Pass("account", "")
	return a, nil
}
